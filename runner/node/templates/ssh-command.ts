import { type GitPlace, templateGit } from "#runner/node/templates/template-git";

/**
 * The user's own way to SSH, told to ask nothing: a question on the terminal would wait for ever where nobody sees it.
 * The variable and the setting are command lines of a shell, which is why this is one.
 */
export async function sshCommandFor(place: GitPlace): Promise<string> {
  const set = await templateGit(place).raw("config", "--default", "", "--get", "core.sshCommand");
  const own = place.environment.GIT_SSH_COMMAND || set.trim() || "ssh";
  return /plink/i.test(own) ? `${own} -batch -a -x` : `${own} ${options.join(" ")}`;
}

/** The server is a stranger's: whatever the user's settings forward to all servers is not for this one. */
const options = [
  ...["-oBatchMode=yes", "-oConnectTimeout=20"],
  ...["-oForwardAgent=no", "-oForwardX11=no", "-oClearAllForwardings=yes", "-oPermitLocalCommand=no"],
];
