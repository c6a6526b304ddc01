import { Connection } from "./connection.ts";
import { patience, report, Stopwatch, type Job } from "./job.ts";
import { requestMaker, type Request } from "./requests.ts";

/** The load generator: carries out jobs one after another, as its parent process sends them. */

process.on("message", (job: Job) => void work(job));
process.once("disconnect", () => process.exit());

async function work(job: Job): Promise<void> {
  const { size, make } = requestMaker(job);
  const watch = new Stopwatch();
  let next = job.from;
  const loops = Array.from({ length: job.connections }, (_, i) => {
    const port = i % job.ports.length;
    const finished = Promise.withResolvers<void>();
    let request: Request;
    let sent = 0;
    const connection = new Connection(
      job.ports[port] as number,
      () => send(),
      (reason) => {
        watch.answered(0, `no answer: ${reason}`, port);
        finished.resolve();
      },
    );
    const send = () => {
      request = make(next);
      next += size;
      sent = performance.now();
      connection.send(request.text, onAnswer);
    };
    const onAnswer = ({ status, text }: { status: number; text: string }) => {
      const right = status === 200 && holds(text, request);
      watch.answered(performance.now() - sent, right ? undefined : text.slice(0, 2_000), port);
      if (!watch.over) return send();
      connection.close();
      finished.resolve();
    };
    return finished.promise;
  });
  await watch.run(job);
  const late = setTimeout(() => {
    throw new Error(`a server of the benchmark has not answered for ${patience / 1000} s`);
  }, patience);
  await Promise.all(loops);
  clearTimeout(late);
  report({ job: "done", outcome: watch.outcome() });
}

function holds(text: string, { expected, times }: Request): boolean {
  let at = -1;
  for (let i = 0; i < times; i++) {
    at = text.indexOf(expected, at + 1);
    if (at < 0) return false;
  }
  return true;
}
