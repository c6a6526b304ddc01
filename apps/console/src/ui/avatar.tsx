import { cx } from "./class.ts";

const tones = [
  "bg-[#e3ebff] text-[#23419f] dark-tone:bg-[#22305c] dark-tone:text-[#b9c8ff]",
  "bg-[#e2f3e9] text-[#1a5e3b] dark-tone:bg-[#173626] dark-tone:text-[#9adcb9]",
  "bg-[#fdecdc] text-[#864611] dark-tone:bg-[#3d2814] dark-tone:text-[#f1c08f]",
  "bg-[#efe6fb] text-[#5c3494] dark-tone:bg-[#31234a] dark-tone:text-[#d3b8f7]",
] as const;

/** The first letters of a name on a calm ground; the same name always has the same colour. */
export function Avatar({ name, small = false }: { name: string; small?: boolean }) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => Array.from(word ?? "")[0] ?? "")
    .join("");
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return (
    <span
      aria-hidden
      className={cx(
        "grid shrink-0 select-none place-items-center rounded-full font-semibold uppercase",
        small ? "size-6 text-[0.625rem]" : "size-7 text-[0.6875rem]",
        tones[sum % tones.length],
      )}
    >
      {letters || "–"}
    </span>
  );
}
