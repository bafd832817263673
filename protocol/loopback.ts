/**
 * Whether a host is this computer itself, whom nobody else reaches under that name (RFC 6761, section 6.3; RFC 1122,
 * section 3.2.1.3; RFC 4291, section 2.5.3).
 * @param host as in an address of the web, or alone; an IPv6 address with or without brackets
 */
export const isLoopbackHost = (host: string): boolean =>
  /^(localhost|.+\.localhost|(::ffff:)?127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
