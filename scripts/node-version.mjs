// Stops with one clear line where Node is too old. It is imported first, and uses nothing that an old Node lacks.

const oldest = [20, 19];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  process.stderr.write(`Baton needs Node ${oldest.join(".")} or newer; this is Node ${process.versions.node}.\n`);
  process.exit(1);
}
