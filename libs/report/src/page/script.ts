import { copyTexts } from '../client/copy-texts.js';
import { readCharts } from '../client/read-charts.js';
import { switchPanels } from '../client/switch-panels.js';
import { toggleCurves } from '../client/toggle-curves.js';

const parts = [switchPanels, toggleCurves, readCharts, copyTexts];

/** The page's script: each part as its own source text, so that one file holds all and the compiler has seen it. */
export const script: string = parts.map((part) => `(${part.toString()})();`).join('\n');
