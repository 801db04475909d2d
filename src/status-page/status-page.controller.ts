import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { type PageFile, PageFiles } from './page-files.ts';

/** Nothing but our own files and our own server: no script, style or frame of anybody else's, nothing inline, and no form. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Names of assets have a hash of their content in them. */
const FOREVER = 'public, max-age=31536000, immutable';

/** `GET /` is the status page; its addresses are relative, so that it works behind any path prefix. */
@Controller()
export class StatusPageController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  @Header('Cross-Origin-Opener-Policy', 'same-origin')
  @Header('Cross-Origin-Resource-Policy', 'same-origin')
  @Header('Referrer-Policy', 'no-referrer')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  async page(): Promise<StreamableFile> {
    const page = await this.files.get('index.html');
    if (!page) throw new NotFoundException('This build has no status page; npm run build makes it.');
    return sent(page);
  }

  @Get('assets/:name')
  @Header('Cross-Origin-Resource-Policy', 'same-origin')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', FOREVER)
  async asset(@Param('name') name: string): Promise<StreamableFile> {
    const asset = await this.files.get(`assets/${name}`);
    if (!asset) throw new NotFoundException('The status page has no such file.');
    return sent(asset);
  }
}

function sent({ type, body }: PageFile): StreamableFile {
  return new StreamableFile(body, { type, length: body.byteLength });
}
