import { createApp } from "./app.js";

const port = Number(process.env.PORT) || 3000;
const host = process.env.HOST || "127.0.0.1";

const server = createApp().listen(port, host, (error) => {
  if (error) {
    console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken. Choose another one in PORT.` : error.message);
    process.exit(1);
  }
  console.log(`http://localhost:${port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
