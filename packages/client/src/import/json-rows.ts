import { parseJson, type Fault } from "@roster/domain";
import { FileError } from "./file-error.ts";

/** One value of a JSON file. */
export interface JsonRow {
  /** Counts from 1: the line of JSON Lines, or the element of an array. */
  row: number;
  value: unknown;
  /** The parts of the value that parsing lost, such as the digits of a number that a double cannot hold. */
  faults: Fault[];
}

/** The longest value, in UTF-16 code units, so that a file of another kind is not held in memory. */
const longest = 4 << 20;

/** Reads JSON Lines: one value per line. A line that is not JSON has a fault. Empty lines are left out. */
export async function* readJsonLines(text: AsyncIterable<string>): AsyncGenerator<JsonRow> {
  let rest = "";
  let row = 0;
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longest) throw new FileError(`line ${row + lines.length + 1} does not end`);
    for (const line of lines) {
      row++;
      if (line.trim() !== "") yield parsed(line, row);
    }
  }
  if (rest.trim() !== "") yield parsed(rest, row + 1);
}

function parsed(text: string, row: number): JsonRow {
  try {
    return { row, ...parseJson(text) };
  } catch {
    return { row, value: text, faults: [{ pointer: "", code: "invalid_format", message: "is not JSON" }] };
  }
}

/**
 * Reads the elements of a JSON array.
 * @throws FileError if the text is not an array, or if an element is not JSON
 */
export async function* readJsonArray(text: AsyncIterable<string>): AsyncGenerator<JsonRow> {
  const structure = /["\\{}[\],]/g;
  let element = "";
  let depth = 0;
  let inString = false;
  let escaped = false;
  let row = 0;
  let ended = false;
  const take = (): JsonRow[] => {
    const whole = element;
    element = "";
    if (whole.trim() === "" && row === 0 && ended) return [];
    row++;
    try {
      return [{ row, ...parseJson(whole) }];
    } catch {
      throw new FileError(`element ${row} of the array is not JSON`);
    }
  };
  for await (const chunk of text) {
    let from = 0;
    if (escaped && chunk !== "") {
      escaped = false;
      from = 1;
    }
    let start = 0;
    structure.lastIndex = from;
    for (let found = structure.exec(chunk); found; found = structure.exec(chunk)) {
      const [char] = found;
      const { index } = found;
      if (char === "\\") {
        if (index + 1 < chunk.length) structure.lastIndex = index + 2;
        else escaped = true;
      } else if (char === '"') inString = !inString;
      else if (inString) continue;
      else if (char === "{" || char === "[") {
        if (depth++ > 0) continue;
        if (char === "{" || ended || chunk.slice(start, index).trim() !== "") throw notAnArray();
        start = index + 1;
      } else if (depth === 1 && (char === "," || char === "]")) {
        element += chunk.slice(start, index);
        start = index + 1;
        if (char === "]") {
          ended = true;
          depth = 0;
        }
        yield* take();
      } else if (char === "}" || char === "]") {
        if (--depth < 0) throw notAnArray();
      }
    }
    if (depth > 0) element += chunk.slice(start);
    else if (chunk.slice(start).trim() !== "") throw notAnArray();
    if (element.length > longest) throw new FileError(`element ${row + 1} of the array does not end`);
  }
  if (!ended) throw new FileError("the JSON array does not end");
}

const notAnArray = () => new FileError("the file is neither a JSON array nor JSON Lines");
