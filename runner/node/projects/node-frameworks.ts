/** One row a framework or server of Node: how it is known, where it usually is, and how it is told to be elsewhere. */
export interface NodeFramework {
  readonly id: string;
  readonly dependencies: readonly string[];
  /** What a script calls to start it; none: a library that the project's own file starts. */
  readonly programs: readonly string[];
  readonly port: number;
  /** The port of its other ways, by the word behind the program. */
  readonly portOf?: Readonly<Record<string, number>>;
  /** Appended for another port; absent: it reads PORT. */
  readonly portArguments?: string;
  /** Where a project says its port itself: the files' beginning, and the name of the object in them. */
  readonly config?: { readonly file: string; readonly object: string };
  /** It takes PORT from the project's `.env`. */
  readonly readsEnvFile?: boolean;
}

const toPort = "--port {port}";
const library = { programs: [], port: 3000, readsEnvFile: true } as const;
const viteConfig = { file: "vite.config", object: "server" };

/** What is built upon another one stands before it. */
export const nodeFrameworks: readonly NodeFramework[] = [
  { id: "next", dependencies: ["next"], programs: ["next"], port: 3000, portArguments: toPort },
  {
    ...{ id: "nuxt", dependencies: ["nuxt", "nuxt3"], programs: ["nuxt", "nuxi"], port: 3000, portArguments: toPort },
    ...{ config: { file: "nuxt.config", object: "devServer" }, readsEnvFile: true },
  },
  {
    ...{ id: "sveltekit", dependencies: ["@sveltejs/kit"], programs: ["vite"], port: 5173, portOf: { preview: 4173 } },
    ...{ portArguments: toPort, config: viteConfig },
  },
  {
    ...{ id: "react-router", dependencies: ["@react-router/dev"], programs: ["react-router"], port: 5173 },
    ...{ portArguments: toPort, config: viteConfig },
  },
  {
    ...{ id: "remix", dependencies: ["@remix-run/dev"], programs: ["remix"], port: 3000, portOf: { "vite:dev": 5173 } },
    ...{ portArguments: toPort, config: viteConfig },
  },
  {
    ...{ id: "astro", dependencies: ["astro"], programs: ["astro"], port: 4321, portArguments: toPort },
    config: { file: "astro.config", object: "server" },
  },
  {
    ...{ id: "angular", dependencies: ["@angular/cli", "@angular/core"], programs: ["ng"], port: 4200 },
    portArguments: toPort,
  },
  { id: "gatsby", dependencies: ["gatsby"], programs: ["gatsby"], port: 8000, portArguments: toPort },
  {
    ...{ id: "vue-cli", dependencies: ["@vue/cli-service"], programs: ["vue-cli-service"], port: 8080 },
    ...{ portArguments: toPort, config: { file: "vue.config", object: "devServer" } },
  },
  {
    ...{ id: "create-react-app", dependencies: ["react-scripts"], programs: ["react-scripts"], port: 3000 },
    readsEnvFile: true,
  },
  { id: "docusaurus", dependencies: ["@docusaurus/core"], programs: ["docusaurus"], port: 3000, portArguments: toPort },
  { id: "vitepress", dependencies: ["vitepress"], programs: ["vitepress"], port: 5173, portArguments: toPort },
  { id: "eleventy", dependencies: ["@11ty/eleventy"], programs: ["eleventy"], port: 8080, portArguments: toPort },
  { id: "expo", dependencies: ["expo"], programs: ["expo"], port: 8081, portArguments: toPort },
  {
    ...{
      id: "webpack-dev-server",
      dependencies: ["webpack-dev-server"],
      programs: ["webpack serve", "webpack-dev-server"],
    },
    ...{ port: 8080, portArguments: toPort, config: { file: "webpack.config", object: "devServer" } },
  },
  { id: "rsbuild", dependencies: ["@rsbuild/core"], programs: ["rsbuild"], port: 3000, portArguments: toPort },
  { id: "parcel", dependencies: ["parcel"], programs: ["parcel"], port: 1234, portArguments: toPort },
  {
    ...{ id: "vite", dependencies: ["vite"], programs: ["vite"], port: 5173, portOf: { preview: 4173 } },
    ...{ portArguments: toPort, config: viteConfig },
  },
  { id: "wrangler", dependencies: ["wrangler"], programs: ["wrangler"], port: 8787, portArguments: toPort },
  { id: "json-server", dependencies: ["json-server"], programs: ["json-server"], port: 3000, portArguments: toPort },
  {
    id: "http-server",
    dependencies: ["http-server"],
    programs: ["http-server"],
    port: 8080,
    portArguments: "-p {port}",
  },
  { id: "serve", dependencies: ["serve"], programs: ["serve"], port: 3000, portArguments: "-l {port}" },
  { ...library, id: "nest", dependencies: ["@nestjs/core"], programs: ["nest"] },
  { ...library, id: "hono", dependencies: ["hono"] },
  { ...library, id: "fastify", dependencies: ["fastify"] },
  { ...library, id: "koa", dependencies: ["koa"] },
  { ...library, id: "hapi", dependencies: ["@hapi/hapi"] },
  { ...library, id: "express", dependencies: ["express"] },
];
