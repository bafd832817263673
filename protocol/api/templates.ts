import * as z from "zod";
import { type Endpoint, one } from "#protocol/api/endpoint";
import { ListedTemplate, NewTeamTemplate, TemplateId } from "#protocol/documents";

/** What a project can begin with. */
export const templateEndpoints = {
  listTemplates: {
    method: "GET",
    path: "/api/templates",
    role: "viewer",
    scope: "read",
    summary: "The starters of this version, and the team's own",
    response: z.object({ templates: z.array(ListedTemplate) }),
  },
  putTeamTemplate: {
    method: "POST",
    path: "/api/templates",
    role: "owner",
    summary: "Put a template on the team's list; one with the same id gives way to it",
    body: NewTeamTemplate,
    response: NewTeamTemplate,
  },
  removeTeamTemplate: {
    method: "DELETE",
    path: "/api/templates/:id",
    role: "owner",
    summary: "Take a template off the team's list",
    params: one(TemplateId),
  },
} as const satisfies Record<string, Endpoint>;
