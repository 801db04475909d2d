import type { ServerResponse } from 'node:http';
import { Controller, Get, NotFoundException, Param, Res, StreamableFile } from '@nestjs/common';
import { type PageFile, PageFiles } from './page-files.ts';
import { ASSET_HEADERS, PAGE_HEADERS } from './page-headers.ts';

/** `GET /` is the status page; its addresses are relative, so that it works behind any path prefix. */
@Controller()
export class StatusPageController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  async page(@Res({ passthrough: true }) response: ServerResponse): Promise<StreamableFile> {
    const page = await this.files.get('index.html');
    if (!page) throw new NotFoundException('This build has no status page; npm run build makes it.');
    return sent(page, PAGE_HEADERS, response);
  }

  @Get('assets/:name')
  async asset(
    @Param('name') name: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<StreamableFile> {
    const asset = await this.files.get(`assets/${name}`);
    if (!asset) throw new NotFoundException('The status page has no such file.');
    return sent(asset, ASSET_HEADERS, response);
  }
}

function sent(
  { type, body }: PageFile,
  headers: Readonly<Record<string, string>>,
  response: ServerResponse,
): StreamableFile {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return new StreamableFile(body, { type, length: body.byteLength });
}
