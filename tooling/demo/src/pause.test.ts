import { once } from "node:events";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { untilEnter } from "./pause.ts";

const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

test("at a terminal, the tour waits for Enter each time", async () => {
  const [input, output] = [terminal(), new PassThrough()];
  for (let i = 0; i < 2; i++) {
    let waiting = true;
    const waits = untilEnter(input, output).then(() => (waiting = false));
    await once(output, "data");
    expect(waiting).toBe(true);
    input.write("\n");
    await waits;
    expect(input.isPaused()).toBe(true);
  }
});

test("a closed terminal is not waited for", async () => {
  const input = terminal();
  const waits = untilEnter(input, new PassThrough());
  input.end();
  await waits;
  await untilEnter(input, new PassThrough());
});

test("without a terminal, there is no prompt and no wait", async () => {
  const output = new PassThrough();
  await untilEnter(new PassThrough(), output);
  output.end();
  expect(await text(output)).toBe("");
});
