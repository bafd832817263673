import { useState } from "react";
import { devServerAgent, type Project, type Runner } from "#protocol/documents";
import { mayPrompt } from "#protocol/may-prompt";
import { frameworkName } from "#sdk/framework-name";
import { Button, Icon } from "../controls/controls";
import { mayCall } from "../model/allowed";
import { isConnected } from "../model/describe";

import { useMe } from "../model/hooks";
import { StartServer } from "./start-server";

/** What can be run in a runner's folder, each with its *Start* where this member may start it. */
export function Projects({ runner }: { readonly runner: Runner }) {
  const me = useMe();
  const [starting, setStarting] = useState<Project>();
  const { projects = [], agents = [] } = runner.report ?? {};
  if (projects.length === 0) return null;
  const hasServers = agents.some(
    ({ id, available, modes }) => id === devServerAgent && available && modes.interactive?.includes("full"),
  );
  const mayStart =
    me !== undefined && hasServers && isConnected(runner) && mayCall(me, "queuePrompt") && mayPrompt(runner, me.id);
  return (
    <>
      <ul className="projects" aria-label={`Projects of ${runner.body.name}`}>
        {projects.map((project) => (
          <li key={`${project.folder}\n${project.framework}\n${project.command}`}>
            <Icon name="package" tone="quiet" />
            <span className="project-text">
              <span className="project-name">{project.name}</span> <span className="quiet">{factsOf(project)}</span>
              {project.folder !== "" && <span className="quiet mono"> {project.folder}</span>}
            </span>
            {mayStart && project.command !== undefined && (
              <Button
                look="ghost"
                icon="play"
                aria-label={`Start ${project.name}`}
                onClick={() => setStarting(project)}
              >
                Start
              </Button>
            )}
          </li>
        ))}
      </ul>
      {starting && <StartServer runner={runner} project={starting} onClose={() => setStarting(undefined)} />}
    </>
  );
}

const factsOf = ({ framework, packageManager }: Project): string =>
  [framework === undefined ? "" : frameworkName(framework), packageManager].filter(Boolean).join(" · ");
