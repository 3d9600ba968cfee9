// A real OpenID provider for the tests: a process of its own, answering over HTTP on this machine.
// `node provider.mjs <port> <redirect URI>`; POST /interaction/<uid> with {sub, amr, acr} signs in.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { client_id: 'jixiao', client_secret: 'of the tests', redirect_uris: [redirect] },
    { client_id: 'another', client_secret: 'of another', redirect_uris: [redirect] },
  ],
  jwks: { keys: [key] },
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  claims: { openid: ['sub', 'amr', 'acr'], email: ['email'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: 'zhao@example.cn', roles: ['district_finance'] }),
  }),
});

async function body(request) {
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text);
}

provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) return next();
  if (context.method === 'GET') {
    context.body = 'sign in';
    return undefined;
  }
  const { sub, amr, acr } = await body(context.req);
  const { params } = await provider.interactionDetails(context.req, context.res);
  const grant = new provider.Grant({ accountId: sub, clientId: params.client_id });
  grant.addOIDCScope('openid email');
  const consent = { grantId: await grant.save() };
  const result = { login: { accountId: sub, amr, acr }, consent };
  const url = await provider.interactionResult(context.req, context.res, result);
  context.redirect(url);
  return undefined;
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
