# The relay as a small image: built with everything, run as Node, two files and a folder.
FROM node:22.21.1-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node esbuild.mjs --only relay,ui --minify

FROM node:22.21.1-slim
ENV NODE_ENV=production BATON_HOST=0.0.0.0 BATON_DATA=/data
COPY --from=build /src/dist/baton-relay.cjs /src/LICENSE /app/
COPY --from=build /src/dist/ui /app/ui
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=15s --timeout=3s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || process.env.BATON_PORT || 4000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/baton-relay.cjs"]
