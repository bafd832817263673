/** The caps of the runner's Node side, each with its unit. */

const KiB = 1024;

/** The user's login shell is asked for its environment once; a shell that hangs is not waited for. */
export const loginShellTimeoutMs = 5_000;
export const maxLoginShellBytes = 1024 * KiB;
/** `agent --version`. */
export const versionTimeoutMs = 10_000;
export const maxVersionBytes = 16 * KiB;
/** Agents that are asked for their version at the same time. */
export const versionsAtATime = 2;
/** How long a look at PATH counts, unless somebody asks for a check. */
export const detectEveryMs = 60_000;
/** From spawning the keeper to its socket. */
export const keeperStartTimeoutMs = 10_000;
export const keeperPollMs = 15;
/** A keeper that left because there was one, while none can be reached, is started again after this. */
export const keeperRestartMs = 250;
/** From a request to the keeper to its reply. A start fsyncs twice and forks. */
export const keeperReplyTimeoutMs = 30_000;
/** Opening the relay's socket, TLS and proxy included. */
export const socketOpenTimeoutMs = 15_000;
/** One answer of a relay over HTTP, all of it in memory: a page of a list … */
export const maxAnswerBytes = 64 * 1024 * KiB;
/** … or a run's output that is exported, on the disk. */
export const maxExportBytes = 512 * 1024 * KiB;
/** A configuration file that the system cannot watch is looked at this often. */
export const configPollMs = 2_000;
export const maxConfigBytes = 1024 * KiB;
/** A TTY line while the local user is being asked. */
export const maxQuestionWidth = 100;
/** Keys from before a question, and the second stroke of a key that answered the one before, answer nothing. */
export const typeAheadMs = 250;
/** Asking a CLI for the sessions of a folder. */
export const sessionLookupTimeoutMs = 20_000;
export const maxSessionListBytes = 4096 * KiB;
/** With `--cancel-on-exit`: until cancelled runs, and then the keeper, have ended … */
export const cleanExitMs = 20_000;
/** … and until the relay has the ends. */
export const deliveryMs = 3_000;
/** Git's answers about a working tree, at the start of a run … */
export const gitAtStartMs = 10_000;
/** … and at its end, for which the keeper waits. */
export const gitAtEndMs = 2_400;
export const maxGitOutputBytes = 4096 * KiB;
/** New files whose lines are counted; beyond them, and above this size, a file counts as one without lines. */
export const maxCountedFiles = 200;
export const maxCountedFileBytes = 1024 * KiB;
/** What a look for projects reads: folders and their depth below the runner's own, names in one of them … */
export const maxProjectFolders = 2_000;
export const maxProjectDepth = 3;
export const maxProjectFolderNames = 2_000;
/** … bytes of one file, and time. What was found until then counts. */
export const maxProjectFileBytes = 256 * KiB;
export const projectsTimeoutMs = 5_000;
/** The first look waits until whatever begins with the runner has begun. */
export const firstProjectsAfterMs = 1_000;
/** How long a look for projects counts, unless a run has ended or somebody asks for a check … */
export const projectsEveryMs = 60_000;
/** … and how many times as long as it took the next one waits at least. */
export const projectsRestFactor = 50;
/** Whether something answers at a port of this machine. */
export const portAnswerMs = 300;
/** Which process holds a port: other programs that are asked, processes that are looked at, and the time for all. */
export const portHolderTimeoutMs = 2_000;
export const maxPortHolderBytes = 1024 * KiB;
export const maxLookedAtProcesses = 10_000;
/** Fetching a template, with everything that its server does before … */
export const templateFetchMs = 5 * 60_000;
/** … and without a word from it; Git's work on this machine. */
export const templateSilenceMs = 60_000;
export const templateGitMs = 60_000;
/** The end of what Git says, for a failure. */
export const maxGitMessageBytes = 16 * KiB;
/** What comes over the network for one template, with what lies beside it in the repository … */
export const maxTemplateFetchBytes = 256 * 1024 * KiB;
/** … looked at this often. */
export const templateFetchPollMs = 200;
/** What Git may hold of it in memory, in one piece. */
export const maxGitPieceBytes = 128 * 1024 * KiB;
/** The files of a template, all of them in memory; they are a beginning, not a project's history. */
export const maxTemplateBytes = 64 * 1024 * KiB;
export const maxTemplateFiles = 5_000;
/** Git's list of them. */
export const maxTemplateListBytes = 4096 * KiB;
/** Variables are filled in texts up to this size; a larger one is data. */
export const maxTemplateTextBytes = 1024 * KiB;
export const maxTemplateManifestBytes = 64 * KiB;
/** One step of a path, and the whole of it, as most file systems take them. */
export const maxNameBytes = 255;
export const maxTemplatePathBytes = 1_024;
/** While an agent builds, the files that it has written are counted this often, up to so many. */
export const writtenFilesMs = 1_000;
export const maxBuildFiles = 5_000;
/** From the start of cloudflared to its first connection. */
export const tunnelReadyMs = 60_000;
/** How often a tunnel is asked how it is … */
export const tunnelHealthMs = 10_000;
/** … and for how long it may be without a connection, or without an answer, until it is started anew. */
export const tunnelUnhealthyMs = 120_000;
/** Until a tunnel that has ended is started again: anywhere up to a ceiling that grows from the first … */
export const firstTunnelRetryMs = 1_000;
/** … to this one, */
export const maxTunnelRetryMs = 120_000;
/** and at least this where Cloudflare has had too many requests. */
export const rateLimitedMs = 60_000;
/** cloudflared ends what is under way, then itself; after this it is killed. */
export const tunnelStopMs = 4_000;
/** The longest line of its log that is looked at, in characters. */
export const maxTunnelLineLength = 8_192;
/** A tunnel that was not wanted so many times in a row (`tunnelWantedEveryMs`) ends. */
export const tunnelUnwantedTimes = 12;
/** A line of an agent's output for programs, in characters: whole files that a tool has read stand in one. */
export const maxAgentLineLength = 16 * 1024 * KiB;
/** `cloudflared --version`, of a program that was just installed. */
export const cloudflaredVersionMs = 20_000;
/** A download of cloudflared, about 40 MB. */
export const cloudflaredInstallMs = 15 * 60_000;
/** How long files that came with a prompt are kept: follow-ups may look at them again. */
export const keepAttachmentsMs = 7 * 24 * 60 * 60 * 1000;
