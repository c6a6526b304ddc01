/**
 * A text as it is compared where case does not matter: normalised, without what cannot be seen, and
 * case-folded in full (Unicode, section 3.13, NFKC_Casefold), so that ß is ss and ς is σ. The dotted
 * and the dotless I are the same letter here, as a search cannot know in which language it is made.
 *
 * JavaScript has no case folding. Down, up and down again comes to the same: up is what expands ß
 * and ﬁ, and takes the final sigma for any other.
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
