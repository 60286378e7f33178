# One image for every process of Backhaul. There is no build: Node runs the TypeScript as it is; only Prisma's client is made.
# `npm run check` checks this file against scripts/container-rules.ts.

FROM node:24.21-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/durable-files/package.json packages/durable-files/
COPY packages/embedded-postgres/package.json packages/embedded-postgres/
COPY packages/sdk/package.json packages/sdk/
COPY packages/transfer/package.json packages/transfer/
COPY packages/webhooks/package.json packages/webhooks/
COPY apps/api/package.json apps/api/
COPY apps/cli/package.json apps/cli/
COPY apps/dashboard/package.json apps/dashboard/
COPY apps/standalone/package.json apps/standalone/
COPY apps/worker/package.json apps/worker/

# The client needs Prisma's command line, and the dashboard Vite; the finished image does without both.
FROM manifests AS built
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY prisma prisma
COPY scripts scripts
RUN node scripts/generate.ts --client
COPY packages/sdk packages/sdk
COPY packages/webhooks packages/webhooks
COPY apps/dashboard apps/dashboard
RUN node scripts/build-dashboard.ts

FROM manifests
LABEL org.opencontainers.image.title="Backhaul" \
      org.opencontainers.image.description="Background downloads as a service" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21-slim"
ENV NODE_ENV=production
# Its network is its own: who reaches the port of operators is for the network's rules.
ENV OPERATIONS_HOST=0.0.0.0
COPY scripts/check-modules.ts scripts/
# Source maps are a sixth of the modules, and nobody asks for them.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --omit=peer --ignore-scripts \
    && find node_modules -name '*.map' -type f -delete && node scripts/check-modules.ts
COPY . .
COPY --from=built /app/packages/core/src/database/generated packages/core/src/database/generated
COPY --from=built /app/apps/dashboard/dist apps/dashboard/dist
RUN mkdir data .modules && chown 1000:1000 data .modules
USER 1000:1000
# Compiled modules, a quarter of the CPU of a start. Containers only read them: their root file system may be read-only.
ENV NODE_COMPILE_CACHE=/app/.modules
RUN node scripts/warm-modules.ts
EXPOSE 8080 9464
CMD ["node", "apps/api/src/main.ts"]
