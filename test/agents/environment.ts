import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The agents that run here against the scripted model. */
export const testedAgents = ["claude", "codex", "gemini", "opencode"] as const;
export type TestedAgent = (typeof testedAgents)[number];

export interface AgentPlace {
  /**
   * A throw-away home, not below the folder for temporary files: Codex warns about one there, and its sandbox lets a
   * tool write to it.
   */
  readonly home: string;
  /** The scripted model, without a trailing slash. */
  readonly modelUrl: string;
  /** The real path of the folder the agent works in. */
  readonly cwd: string;
}

export interface AgentEnvironment {
  /** To be laid over the rest of the environment. Each name but HOME stands in the agent's profile. */
  readonly env: Readonly<Record<string, string>>;
  /** The files that were written into the home. */
  readonly files: readonly string[];
}

/**
 * Makes a home in which an agent works offline against the scripted model, in one-shot mode and in its TUI, without any
 * question about sign-in, theme, trust or updates. Calls for several agents may share a home and their environments.
 */
export function agentEnvironment(agent: TestedAgent, place: AgentPlace): AgentEnvironment {
  const { env, files } = recipes[agent](place);
  for (const [name, content] of Object.entries(files)) {
    const path = join(place.home, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return { env: { HOME: place.home, ...env }, files: Object.keys(files).map((name) => join(place.home, name)) };
}

interface Recipe {
  readonly env: Readonly<Record<string, string>>;
  /** Contents by path below the home. */
  readonly files: Readonly<Record<string, string>>;
}

const apiKey = "dummy-key";

const recipes: Record<TestedAgent, (place: AgentPlace) => Recipe> = {
  claude: ({ modelUrl, cwd }) => ({
    env: {
      ANTHROPIC_BASE_URL: modelUrl,
      ANTHROPIC_API_KEY: apiKey,
      ANTHROPIC_MODEL: "claude-sonnet-4-5",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      // Root may use the access “full” only where this says that nothing can be harmed.
      IS_SANDBOX: "1",
    },
    files: {
      ".claude.json": JSON.stringify({
        hasCompletedOnboarding: true,
        theme: "dark",
        bypassPermissionsModeAccepted: true,
        customApiKeyResponses: { approved: [apiKey], rejected: [] },
        projects: { [cwd]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] } },
      }),
    },
  }),

  codex: ({ home, modelUrl, cwd }) => ({
    env: { CODEX_HOME: join(home, ".codex"), OPENAI_API_KEY: apiKey },
    files: {
      ".codex/config.toml": [
        'model = "fake-model"',
        'model_provider = "scripted"',
        "check_for_update_on_startup = false",
        "[analytics]",
        "enabled = false",
        "[model_providers.scripted]",
        'name = "scripted"',
        `base_url = ${JSON.stringify(`${modelUrl}/v1`)}`,
        'env_key = "OPENAI_API_KEY"',
        'wire_api = "responses"',
        "request_max_retries = 0",
        "stream_max_retries = 0",
        `[projects.${JSON.stringify(cwd)}]`,
        'trust_level = "trusted"',
        "",
      ].join("\n"),
    },
  }),

  gemini: ({ modelUrl }) => ({
    env: { GEMINI_API_KEY: apiKey, GOOGLE_GEMINI_BASE_URL: modelUrl, GEMINI_MODEL: "gemini-2.5-flash" },
    files: {
      ".gemini/settings.json": JSON.stringify({
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        privacy: { usageStatisticsEnabled: false },
        security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
      }),
    },
  }),

  opencode: ({ modelUrl }) => ({
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        autoupdate: false,
        share: "disabled",
        model: "scripted/fake-model",
        small_model: "scripted/fake-model",
        enabled_providers: ["scripted"],
        provider: {
          scripted: {
            npm: "@ai-sdk/openai-compatible",
            options: { baseURL: `${modelUrl}/v1`, apiKey },
            models: { "fake-model": { tool_call: true, limit: { context: 128_000, output: 8_192 } } },
          },
        },
      }),
    },
    files: {},
  }),
};
