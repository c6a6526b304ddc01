import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type TextMapGetter,
} from "@opentelemetry/api";
import { ExportResultCode, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from "@opentelemetry/sdk-trace";
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVICE_NAME,
} from "@opentelemetry/semantic-conventions";
import type { Logger } from "pino";
import type { CommitObserver } from "../store/commit/commit-observer.ts";
import { currentRequest, type RequestKind, type RequestNotes } from "./current-request.ts";
import type { Sampling } from "./sampling.ts";

/** Creates spans for requests and commits and sends them to an OTLP receiver. */
export interface Tracing {
  /** Starts the span of a request; it continues the trace of the `traceparent` header. */
  request(headers: Headers): Span;
  requested(span: Span, kind: RequestKind, status: number, notes: RequestNotes): void;
  readonly commits: CommitObserver;
  /** Sends the remaining spans, for at most a few seconds. */
  close(): Promise<void>;
}

/** Milliseconds that a shutdown waits for the receiver. */
const patience = 5_000;

/** Maximum number of request spans linked to a commit span. */
const maxLinks = 1_000;

/**
 * Starts tracing. OpenTelemetry itself reads the receiver, service name and headers from its standard
 * variables. Nothing global is set, so other apis in the process are not affected.
 */
export function startTracing(sampling: Sampling, logger: Logger): Tracing {
  const provider = new TracerProvider({
    sampler: samplerOf(sampling),
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: "roster" }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    spanLimits: { linkCountLimit: maxLinks },
    spanProcessors: [new BatchSpanProcessor({ exporter: reporting(new OTLPTraceExporter(), logger) })],
  });
  const tracer = provider.getTracer("roster");
  const propagator = new W3CTraceContextPropagator();
  const below = (parent: Span) => trace.setSpan(ROOT_CONTEXT, parent);

  return {
    request: (headers) =>
      tracer.startSpan(
        "request",
        { kind: SpanKind.SERVER },
        propagator.extract(ROOT_CONTEXT, headers, headerGetter),
      ),
    requested(span, { method, route, surface }, status, { id, tenant, code, procedures }) {
      // The name of a single procedure is more specific than the common tRPC route.
      const [procedure] = procedures?.size === 1 ? procedures : [];
      const name = procedure === undefined ? route : route.replace("*", procedure);
      const known = route !== "unmatched";
      span.updateName([method === "_OTHER" ? "HTTP" : method, ...(known ? [name] : [])].join(" "));
      // `url.path` and `client.address` are left out because they may be personal data.
      span.setAttributes({
        [ATTR_HTTP_REQUEST_METHOD]: method,
        ...(known && { [ATTR_HTTP_ROUTE]: name }),
        [ATTR_HTTP_RESPONSE_STATUS_CODE]: status,
        "roster.surface": surface,
        "roster.request": id,
        ...(tenant !== undefined && { "roster.tenant": tenant }),
        ...(code !== undefined && { "roster.code": code }),
      });
      if (status >= 500) {
        span.setAttribute(ATTR_ERROR_TYPE, code ?? String(status));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
    commits: {
      queued() {
        const span = currentRequest()?.span;
        return span?.isRecording() ? tracer.startSpan("write queue", {}, below(span)) : undefined;
      },
      begun(waits) {
        const traced = waits.filter((wait) => wait !== undefined);
        const [first] = traced;
        if (!first) return { committing: () => undefined, ended: () => undefined };
        // The commit span belongs to the first request's trace and is linked from the others.
        const links = traced.map((wait) => ({ context: wait.spanContext() }));
        const commit = tracer.startSpan(
          "group commit",
          { links, attributes: { "roster.batch_size": waits.length } },
          below(first),
        );
        for (const wait of traced) {
          wait.addLink({ context: commit.spanContext() });
          wait.end();
        }
        return {
          committing: () => void commit.addEvent("commit"),
          ended(how) {
            commit.setAttribute("roster.end", how);
            if (how === "failed") commit.setStatus({ code: SpanStatusCode.ERROR });
            commit.end();
          },
        };
      },
      refused(_error, wait) {
        if (wait?.isRecording()) wait.end();
      },
    } satisfies CommitObserver<Span | undefined>,
    async close() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, patience).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

const headerGetter: TextMapGetter<Headers> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...headers.keys()],
};

function samplerOf({ sampler, ratio }: Sampling): Sampler {
  const root = sampler.endsWith("always_off")
    ? new AlwaysOffSampler()
    : sampler.endsWith("traceidratio")
      ? new TraceIdRatioBasedSampler(ratio)
      : new AlwaysOnSampler();
  return sampler.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

/** Logs once when spans can no longer be sent, and once when they can again. */
function reporting(exporter: SpanExporter, logger: Logger): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code === ExportResultCode.FAILED;
        if (failed && !failing) logger.warn({ err: result.error }, "traces cannot be sent and are lost");
        if (!failed && failing) logger.info("traces are sent again");
        failing = failed;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
