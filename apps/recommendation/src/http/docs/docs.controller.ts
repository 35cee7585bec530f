import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { notFound } from '@assay/arm';
import { Described, type ArmReply } from '@assay/http';
import { asset, document, page } from './docs.openapi.ts';

const ui = pathToFileURL(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/**
 * `docs/openapi.json` of the repository, written by `npm run docs`, since no service knows the routes of the others.
 */
const documentFile = new URL('../../../../../docs/openapi.json', import.meta.url);

const markup =
  `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
  `<title>Assay API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

// No validator: its badge would send the document to a third party.
const start =
  "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true, validatorUrl: null, " +
  "docExpansion: 'none', defaultModelsExpandDepth: 0 });\n";

const assets: Readonly<Record<string, { readonly type: string; readonly read: () => Promise<string> | string }>> = {
  'start.js': { type: 'text/javascript', read: () => start },
  'swagger-ui.css': { type: 'text/css', read: () => readFile(new URL('swagger-ui.css', ui), 'utf8') },
  'swagger-ui-bundle.js': {
    type: 'text/javascript',
    read: () => readFile(new URL('swagger-ui-bundle.js', ui), 'utf8'),
  },
};

/** Users type tokens into the page, so it may not send data anywhere else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The API document and a page to read it. Both are public in the repository, so no token is needed. */
@Controller()
export class DocsController {
  @Get('openapi.json')
  @Described(document)
  async document(@Res({ passthrough: true }) reply: ArmReply): Promise<string> {
    reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-cache');
    return readFile(documentFile, 'utf8');
  }

  @Get('docs')
  @Described(page)
  page(@Res({ passthrough: true }) reply: ArmReply): string {
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff');
    return markup;
  }

  @Get('docs/:asset')
  @Described(asset)
  async asset(@Param('asset') name: string, @Res({ passthrough: true }) reply: ArmReply): Promise<string> {
    const found = Object.hasOwn(assets, name) ? assets[name] : undefined;
    if (!found) throw notFound('ResourceNotFound', `The page has no '${name}'.`);
    reply
      .header('content-type', `${found.type}; charset=utf-8`)
      .header('cache-control', 'max-age=3600')
      .header('x-content-type-options', 'nosniff');
    return found.read();
  }
}
