// Plays pages that poll: node crowd.mjs POLLER URL PAGES SECONDS. Each has the poller as it is, its own copy of the
// number as a browser has, and no other tab.
import { readFileSync } from "node:fs";

const [, , path, url, pages, seconds] = process.argv;
const { Poller } = await import(`data:text/javascript,${encodeURIComponent(readFileSync(path, "utf8"))}`);

function page() {
  let etag = null, copy = null;
  return {
    fetch: async (address, { signal }) => {
      const response = await fetch(address, { signal, headers: etag ? { "If-None-Match": etag } : {} });
      if (response.status === 304) return new Response(copy, { headers: response.headers });
      etag = response.headers.get("ETag");
      copy = await response.text();
      return new Response(copy, { status: response.status, headers: response.headers });
    },
    now: () => performance.now(),
    random: () => Math.random(),
    after: (ms, run) => setTimeout(run, ms),
    cancel: (timer) => clearTimeout(timer),
    hidden: () => false,
    channel: () => null,
    locks: () => null,
    on: () => () => {},
  };
}

let told = 0, trouble = 0;
for (let i = 0; i < Number(pages); i += 1) {
  // People come one after the other.
  setTimeout(() => new Poller(url, { env: page() }).watch((news) => {
    told += 1;
    trouble += news.trouble ? 1 : 0;
  }), Math.random() * 2000);
}
setTimeout(() => {
  console.log(JSON.stringify({ told, trouble }));
  process.exit(0);
}, Number(seconds) * 1000);
