import { startExporter } from './start-exporter.ts';

await startExporter();
