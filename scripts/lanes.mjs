// So many things at once and not more, in the order in which they were asked for.

/**
 * @param {number} count how many run at once
 * @returns two ways to have work done, each of which gives what the work gives. What is run alone waits until nothing
 *   else runs or waits, and has nothing beside it
 */
export function makeLanes(count) {
  const waiting = [];
  const waitingAlone = [];
  let free = count;
  const begin = ({ work, takes, settle }) => {
    free -= takes;
    const over = () => {
      free += takes;
      next();
    };
    settle(work().finally(over));
  };
  const next = () => {
    while (free > 0 && waiting.length > 0) begin(waiting.shift());
    if (free === count && waitingAlone.length > 0) begin(waitingAlone.shift());
  };
  const add = (queue, takes) => (work) =>
    new Promise((settle) => {
      queue.push({ work, takes, settle });
      // What is asked for in the same turn has a place before anything begins.
      queueMicrotask(next);
    });
  return { run: add(waiting, 1), runAlone: add(waitingAlone, count) };
}
