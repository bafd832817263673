import { Tasks } from "./Tasks.jsx";

const title = "{{project-title}}";

export function App() {
  return (
    <main>
      <header>
        <h1>{title}</h1>
        <p>
          Change <code>src/App.jsx</code>, and this page shows it at once.
        </p>
      </header>
      <Tasks />
    </main>
  );
}
