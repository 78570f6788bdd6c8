/** Where Discord keeps files, and what it shows of other sites' pictures through its proxy. */
const FILE_HOSTS = /^(cdn\.discordapp\.com|media\.discordapp\.net|images-ext-\d\.discordapp\.net)$/;

/** Whether a file is at Discord, so that it can be trusted to be what members see. */
export function isAtDiscord(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === 'https:' && url.port === '' && FILE_HOSTS.test(url.hostname);
}
