/** The first characters that start a formula in spreadsheets, and the apostrophe, which `defused` adds. */
const special = /^[=+\-@\t\r\n'＝＋－＠]/;
/** A number with a sign, such as a telephone number in E.164, is no formula. */
const number = /^[+-]\d[\d.,]*$/;

/**
 * A text as a cell of a spreadsheet: a leading apostrophe turns a would-be formula into text. An empty text
 * is a lone apostrophe, because an empty cell means no value.
 */
export const defused = (text: string): string =>
  text === "" || (special.test(text) && !number.test(text)) ? `'${text}` : text;

/** The text that was written by `defused`. Other texts stay as they are. */
export const restored = (cell: string): string =>
  cell === "'" || (cell.startsWith("'") && special.test(cell.slice(1))) ? cell.slice(1) : cell;
