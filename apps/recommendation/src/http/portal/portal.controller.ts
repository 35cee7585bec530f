import { Controller, Get, Injectable, Optional, Param, Req, Res } from '@nestjs/common';
import Negotiator from 'negotiator';
import { notFound } from '@assay/arm';
import { Described, type ArmReply, type ArmRequest } from '@assay/http';
import { portalFiles, type PortalFile } from './portal-files.ts';
import { asset, home, page, part, subject } from './portal.openapi.ts';
import { PortalSettings } from './settings.ts';

const year = 31_536_000;

/** Text of an attribute in double quotes. */
const attribute = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** The types of negotiator do not know this option yet. */
interface Preferring {
  encoding(available: readonly string[], options: { readonly preferred: readonly string[] }): string | undefined;
}

/** The page, with the facts that it needs before its user has a token. */
const withSignIn = (file: PortalFile, { issuer, clientId, scope }: PortalSettings): PortalFile => {
  const signIn = issuer === undefined || clientId === undefined ? {} : { issuer, clientId, scope };
  const meta = `<meta name="assay-sign-in" content="${attribute(JSON.stringify(signIn))}">`;
  const text = file.bytes.identity.toString('utf8').replace('</head>', () => `${meta}\n</head>`);
  return { ...file, bytes: { identity: Buffer.from(text) } };
};

/**
 * Sends the portal: files that the build made, and `index.html` for every page, whose address the script reads. All of
 * it is public in the repository, so no token is needed; the script sends the user's token with each request.
 */
@Injectable()
@Controller('portal')
export class PortalController {
  readonly #files = portalFiles();
  readonly #page: PortalFile | undefined;
  readonly #policy: string;

  constructor(@Optional() settings: PortalSettings = new PortalSettings()) {
    const index = this.#files.get('index.html');
    this.#page = index && withSignIn(index, settings);
    const issuer = settings.issuer === undefined ? '' : ` ${new URL(settings.issuer).origin}`;
    this.#policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
      `connect-src 'self'${issuer}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; ` +
      "require-trusted-types-for 'script'; trusted-types 'none'";
  }

  @Get()
  @Described(home)
  home(@Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Buffer {
    return this.#sent(this.#page, request, reply);
  }

  @Get('assets/:file')
  @Described(asset)
  asset(@Param('file') name: string, @Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Buffer {
    return this.#sent(this.#files.get(`assets/${name}`), request, reply);
  }

  @Get(':page')
  @Described(page)
  page(@Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Buffer {
    return this.#sent(this.#page, request, reply);
  }

  @Get(':page/:subject')
  @Described(subject)
  subject(@Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Buffer {
    return this.#sent(this.#page, request, reply);
  }

  @Get(':page/:subject/:part')
  @Described(part)
  part(@Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Buffer {
    return this.#sent(this.#page, request, reply);
  }

  #sent(file: PortalFile | undefined, { headers }: ArmRequest, reply: ArmReply): Buffer {
    if (this.#page === undefined)
      throw notFound('ResourceNotFound', 'The portal is not here: `npm run build` makes it.');
    if (file === undefined) throw notFound('ResourceNotFound', 'The portal has no such file.');
    const accepted = new Negotiator({ headers: { 'accept-encoding': String(headers['accept-encoding'] ?? '') } });
    const found = (accepted as Preferring).encoding(['br', 'gzip', 'identity'], { preferred: ['br', 'gzip'] });
    const coding = found === 'br' || found === 'gzip' ? found : undefined;
    const coded = coding && file.bytes[coding];
    reply
      .header('content-type', file.type)
      .header('cache-control', file.isHashed ? `public, max-age=${year}, immutable` : 'no-cache')
      .header('vary', 'accept-encoding')
      .header('content-security-policy', this.#policy)
      .header('cross-origin-opener-policy', 'same-origin')
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff');
    if (coded) reply.header('content-encoding', coding);
    return coded ?? file.bytes.identity;
  }
}
