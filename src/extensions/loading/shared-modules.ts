import 'reflect-metadata';
import * as nestCommon from '@nestjs/common';
import * as nestCore from '@nestjs/core';
import * as nestEventEmitter from '@nestjs/event-emitter';
import * as nestSchedule from '@nestjs/schedule';
import * as nestTerminus from '@nestjs/terminus';
import * as nestjsPino from 'nestjs-pino';
import * as promClient from 'prom-client';
import * as rxjs from 'rxjs';
import * as zod from 'zod';
import * as exporter from '../../index.ts';
import type { Namespace } from './share-modules.ts';

/** What extensions share with us, by what they import it as. docs/extending.md lists it. */
export const SHARED_MODULES: ReadonlyMap<string, Namespace> = new Map<string, Namespace>([
  ['multi-cluster-config-exporter', exporter],
  ['@nestjs/common', nestCommon],
  ['@nestjs/core', nestCore],
  ['@nestjs/event-emitter', nestEventEmitter],
  ['@nestjs/schedule', nestSchedule],
  ['@nestjs/terminus', nestTerminus],
  ['nestjs-pino', nestjsPino],
  ['prom-client', promClient],
  ['reflect-metadata', {}],
  ['rxjs', rxjs],
  ['zod', zod],
]);
