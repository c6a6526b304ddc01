import { chmod, chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../outside/project.ts";
import { finished, startPacked } from "./packed.ts";

/** The steps and settings of the Dockerfile, for use in a folder instead of an image. */
interface Image {
  /** The shell commands that install, in order. */
  run: string[];
  env: Record<string, string>;
  healthCheck: string[];
  entryPoint: string[];
}

async function readDockerfile(): Promise<Image> {
  const text = await readFile(join(root, "Dockerfile"), "utf8");
  const json = (pattern: RegExp) => JSON.parse(pattern.exec(text)?.[1] as string) as string[];
  const settings = /^ENV (.*)$/m.exec(text)?.[1] ?? "";
  return {
    run: [...text.matchAll(/^RUN (.*)$/gm)].map(([, command = ""]) => command),
    env: Object.fromEntries(settings.split(" ").map((one) => one.split(/=(.*)/s).slice(0, 2))) as Record<
      string,
      string
    >,
    healthCheck: json(/^HEALTHCHECK .*CMD (\[.*\])$/m),
    entryPoint: json(/^ENTRYPOINT (\[.*\])$/m),
  };
}

/** The user that the image runs as has no rights to the installation. Only root can become another user. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/**
 * Does the steps of the Dockerfile below a folder: installs from packed files, starts as another user that can
 * write nothing but the data, asks the health check, stores a record, and stops by the signal of an engine.
 * @param packed the folder of the tarballs
 * @throws Error if a step fails
 */
export async function runContainer(home: string, packed: string, env: Record<string, string>): Promise<void> {
  const image = await readDockerfile();
  const inside = (text: string) =>
    text.replaceAll(/(?<![\w:/.])\/(app|data|packages|tmp)\b/g, (_, name: string) =>
      name === "packages" ? packed : join(home, name),
    );
  for (const name of ["app", "tmp"]) await mkdir(join(home, name));
  for (const command of image.run) {
    const mine = isRoot ? command : command.replace(/ && chown.*$/, "");
    const { code, stdout, stderr } = await finished("sh", ["-c", inside(mine)], join(home, "app"), env);
    if (code !== 0) throw new Error(`${mine} ended with ${code}: ${stdout}${stderr}`);
  }
  const own = isRoot ? { uid: nobody, gid: nobody } : {};
  if (isRoot) {
    await chmod(home, 0o755);
    for (const name of ["data", "tmp"]) await chown(join(home, name), nobody, nobody);
  }
  const settings = {
    ...env,
    ...Object.fromEntries(
      Object.entries(image.env).map(([name, value]) => [
        name,
        inside(value.replace("sqlite:", "sqlite: ")).replace("sqlite: ", "sqlite:"),
      ]),
    ),
    TMPDIR: join(home, "tmp"),
    HOST: "127.0.0.1",
    PORT: "0",
  };
  const [program = "", ...args] = image.entryPoint.map(inside);
  const server = await startPacked(program, args, join(home, "app"), settings, own);
  try {
    const [check = "", ...words] = image.healthCheck;
    const healthy = (port: string) => finished(check, words, home, { ...env, PORT: port });
    const { port } = new URL(server.url);
    if ((await healthy(port)).code !== 0) throw new Error("the health check fails while the server runs");
    const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
    const made = await fetch(`${server.url}/api/customers`, { method: "POST", headers, body: "{}" });
    if (made.status !== 201) throw new Error(`a record cannot be made: ${made.status}`);
    const { code, output } = await server.stop("SIGTERM");
    if (code !== 0) throw new Error(`the server ended with ${code}: ${output}`);
    if ((await healthy(port)).code === 0) throw new Error("the health check passes without a server");
  } finally {
    await server.stop("SIGKILL");
  }
}
