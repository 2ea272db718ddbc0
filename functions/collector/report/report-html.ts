import { formatUsd } from '../../../shared/core/cost/format-usd.ts';
import { errorCodes } from '../../../shared/core/errors.ts';
import type { ListedFailure } from '../../../shared/core/notice.ts';
import type { Report } from '../../../shared/core/report.ts';
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate, formatTime } from './format.ts';
import { html, type Markup } from './html.ts';
import { styles } from './styles.ts';

/** report.html: one document that needs nothing from outside and runs no script, even when something slipped through. */
export function reportHtml(report: Report): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${report.state}: Fanlight job ${report.job}</title>
        <style>
          ${styles}
        </style>
      </head>
      <body>
        <main>
          ${heading(report)} ${errorBox(report)} ${images(report)} ${timing(report)} ${failures(report)}
          ${details(report)}
        </main>
      </body>
    </html> `.text;
}

function heading({ state, job, recipe, timing: { finishedAt } }: Report): Markup {
  return html`<header>
    <h1>${recipe ?? 'Job'}</h1>
    <span class="state is-${state}">${state}</span>
    <p class="subtitle quiet">Fanlight job <code>${job}</code>, finished ${formatTime(finishedAt)}</p>
  </header>`;
}

function errorBox({ error }: Report): Markup | undefined {
  if (error === undefined) return undefined;
  return html`<section class="card error">
    <h2>${errorCodes[error.code].meaning}</h2>
    <p><code class="code">${error.code}</code> ${error.message}</p>
  </section>`;
}

const statuses = ['succeeded', 'skipped', 'failed'] as const;

function images({ images: counts, cancelled = 0, tolerated, tolerateFailedPercent }: Report): Markup {
  const { total } = counts;
  const figures = statuses.map(
    (status) =>
      html`<div class="figure">
        <b>${formatCount(counts[status])}</b>
        <span class="dot of-${status}">${status}, ${formatPercent(counts[status], total)}</span>
      </div>`,
  );
  const segments = statuses
    .filter((status) => counts[status] > 0)
    .map((status) => html`<i class="of-${status}" style="flex-grow:${counts[status]}"></i>`);
  const tolerance = html`<p class="note">
    The failures are ${tolerated ? 'within' : 'beyond'} the declared tolerance of ${tolerateFailedPercent} %.
  </p>`;
  const leftOver = html`<p class="note">
    ${formatCount(cancelled)} of the failed images were not worked on, because the job was cancelled.
  </p>`;
  return html`<section class="card">
    <div class="figures">
      <div class="figure"><b>${formatCount(total)}</b><span>${total === 1 ? 'image' : 'images'}</span></div>
      ${figures}
    </div>
    <div class="bar" aria-hidden="true">${segments}</div>
    ${cancelled > 0 ? leftOver : undefined} ${counts.failed > 0 && tolerateFailedPercent > 0 ? tolerance : undefined}
  </section>`;
}

function fact(name: string, value: string): Markup {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function timing({ timing: times, images: { total }, bytes, cost }: Report): Markup {
  const { createdAt, startedAt, durationMs, computeMs } = times;
  const perSecond = durationMs === 0 || total === 0 ? undefined : (total * 1000) / durationMs;
  return html`<section class="card">
    <h2>Time, bytes and cost</h2>
    <dl>
      ${fact('Uploaded', formatTime(createdAt))}
      ${startedAt === null ? undefined : fact('First image begun', formatTime(startedAt))}
      ${fact('Took', formatDuration(durationMs))} ${fact('Worker time', formatDuration(computeMs))}
      ${perSecond === undefined ? undefined : fact('Images per second', formatRate(perSecond))}
      ${fact('Read', formatBytes(bytes.in))} ${fact('Written', formatBytes(bytes.out))} ${costFact(cost)}
    </dl>
  </section>`;
}

function costFact(cost: Report['cost']): Markup | undefined {
  if (cost === undefined || cost === null) return undefined;
  const { estimated, actual } = cost;
  if (actual === null) return undefined;
  const prediction = estimated === null ? '' : `, estimated ${formatUsd(estimated)}`;
  return fact('Cost on AWS', `about ${formatUsd(actual)}${prediction}`);
}

function failureRow({ source, code, message }: ListedFailure): Markup {
  return html`<tr>
    <td><code>${source}</code></td>
    <td><code class="code">${code}</code></td>
    <td>${message} <span class="quiet">${errorCodes[code].meaning}</span></td>
  </tr>`;
}

function failures({ failures: listed, images: { failed } }: Report): Markup | undefined {
  if (listed.length === 0) return undefined;
  const more = html`<p class="note">
    The first ${listed.length} of ${formatCount(failed)}; all of them are in the results.
  </p>`;
  return html`<section class="card">
    <h2>Failures</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Source</th>
            <th>Code</th>
            <th>Reason</th>
          </tr>
        </thead>
        <tbody>
          ${listed.map(failureRow)}
        </tbody>
      </table>
    </div>
    ${failed > listed.length ? more : undefined}
  </section>`;
}

function details({ plan, recipe, parent, engine }: Report): Markup {
  return html`<section class="card">
    <h2>Plan and engine</h2>
    <dl>
      ${recipe === null ? undefined : fact('Recipe', recipe)}
      ${parent === undefined ? undefined : fact('Retry of job', parent)} ${fact('Parts', formatCount(plan.parts))}
      ${fact('Shards', formatCount(plan.shards))} ${engine === null ? undefined : fact('Fanlight', engine.fanlight)}
      ${engine === null ? undefined : fact('sharp', engine.sharp)}
      ${engine === null ? undefined : fact('libvips', engine.libvips)}
      ${engine === null ? undefined : fact('Node.js', engine.node)}
    </dl>
  </section>`;
}
