# The server from the tarballs of a release: npm run release, then docker build -t roster .
FROM node:24-bookworm-slim AS install
WORKDIR /app
COPY release/*.tgz /packages/
# Nothing that is installed needs a script: the driver of SQLite brings its binary.
RUN npm install --omit=dev --omit=peer --ignore-scripts --no-audit --no-fund /packages/*-domain-*.tgz /packages/*-client-*.tgz /packages/*-server-*.tgz
RUN mkdir /data && chown 1000:1000 /data

FROM node:24-bookworm-slim
COPY --from=install /app /app
COPY --from=install --chown=node:node /data /data
USER node
# The root may be read-only: only /data and /tmp are written to.
ENV HOST=0.0.0.0 PORT=4000 DATABASE_URL=sqlite:/data/roster.db NODE_COMPILE_CACHE=/tmp/roster
VOLUME /data
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "/app/node_modules/.bin/roster-server"]
