/**
 * The form of a text for comparison without regard to case: normalised, without invisible characters, and
 * fully case-folded (Unicode, section 3.13, NFKC_Casefold), so that ß equals ss and ς equals σ. Dotted and
 * dotless I are equal, because a search does not know its language.
 *
 * JavaScript has no case folding. Lower, upper and lower case in turn give the same result: upper case
 * expands ß and ﬁ, and treats the final sigma like any other.
 */
export function caseFolded(text: string): string {
  const visible = text.normalize("NFKD").replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  return visible
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .replaceAll("i\u0307", "i")
    .normalize("NFKC");
}
