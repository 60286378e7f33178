# One image for every process of Backhaul. There is no build: Node runs the TypeScript as it is; only Prisma's client is made.

FROM node:24-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/webhooks/package.json packages/webhooks/
COPY apps/api/package.json apps/api/
COPY apps/cli/package.json apps/cli/
COPY apps/standalone/package.json apps/standalone/
COPY apps/worker/package.json apps/worker/

# The client needs Prisma's command line, which the finished image does without.
FROM manifests AS client
RUN npm ci --ignore-scripts
COPY prisma prisma
COPY scripts scripts
RUN node scripts/generate.ts --client

FROM manifests
ENV NODE_ENV=production
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY . .
COPY --from=client /app/packages/core/src/infra/generated packages/core/src/infra/generated
RUN mkdir data && chown node:node data
USER node
EXPOSE 8080
CMD ["node", "apps/api/src/main.ts"]
