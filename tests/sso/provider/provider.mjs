// A company's own provider: oidc-provider as its authors ship it, with one client. Whoever signs in as `ann` has
// the address ann@garage.test. Takes its configuration as JSON; says "ready" once it listens; ends with its input.
import { Provider } from "oidc-provider";

const { issuer, port, client } = JSON.parse(process.argv[2]);

const provider = new Provider(issuer, {
  clients: [client],
  claims: { email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "groups"],
  cookies: { keys: ["a key of the tests"] },
  features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // It has a guard of its own, which would keep it from calling us: here all of us live on one machine.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@garage.test`,
      email_verified: true,
      name: `Certified ${id}`,
      groups: ["sellers"],
    }),
  }),
});
provider.on("server_error", (_, error) => console.error(error));
provider.on("backchannel.error", (_, error) => console.error(error));

provider.listen(port, "127.0.0.1", () => console.log("ready"));
process.stdin.on("end", () => process.exit(0)).resume();
