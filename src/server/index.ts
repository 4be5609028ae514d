export { SCOPES, type Scope } from "./scopes.js";
export { checkListen, type Server, type ServerOptions, startServer } from "./server.js";
export { type ListenSettings, listenSettings } from "./settings.js";
export { createToken, listTokens, type NewToken, revokeToken } from "./token-commands.js";
export type { TokenInfo } from "./tokens.js";
