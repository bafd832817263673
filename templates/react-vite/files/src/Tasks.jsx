import { useState } from "react";

const first = [
  { id: 1, text: "Look around", isDone: true },
  { id: 2, text: "Say what this is going to be", isDone: false },
];

/** A short list that can be added to: state, a form and a list, to begin from. */
export function Tasks() {
  const [tasks, setTasks] = useState(first);
  const [text, setText] = useState("");

  function add(event) {
    event.preventDefault();
    if (text.trim() === "") return;
    setTasks([...tasks, { id: Date.now(), text: text.trim(), isDone: false }]);
    setText("");
  }

  function toggle(id) {
    setTasks(tasks.map((task) => (task.id === id ? { ...task, isDone: !task.isDone } : task)));
  }

  return (
    <section aria-labelledby="tasks">
      <h2 id="tasks">To do</h2>
      <ul>
        {tasks.map((task) => (
          <li key={task.id}>
            <label>
              <input type="checkbox" checked={task.isDone} onChange={() => toggle(task.id)} />
              <span>{task.text}</span>
            </label>
          </li>
        ))}
      </ul>
      <form onSubmit={add}>
        <input
          aria-label="A new task"
          placeholder="A new task"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Add</button>
      </form>
    </section>
  );
}
