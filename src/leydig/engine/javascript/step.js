/* One step of one man: leydig.engine.step with one lane for eight. FAST and SLOW are the states that decay fast on their
   own and the others; loops over them are written out where this is printed. The rows of numbers of a step are seven for
   each of FAST, then its length and how far it is not to be trusted: a number in a list is handed on without a box. */

const { exp, expm1, log, sqrt, abs, floor, ceil, log2, max, min } = Math, STEP = FACTS.step, LENGTH = 7 * FACTS.layout.fast.length;

/* Of a rate: e^(-z), f1, f2, f3 over a step and e^(-z), f1, f2 over half of it, from row `first` of w. The series is that
   of z halved until it is small, at least once. */
function coefficients(own, p, w, first) {
  const { terms, series, halved } = STEP;
  let x = 0.5 * own[p] * w[LENGTH], halvings = 1;
  for (; x > halved; halvings++) x *= 0.5;
  let third = series[terms + 1] - x * series[terms + 2];
  for (let k = terms; k > 2; k--) third = series[k] - x * third;
  let second = 0.5 - x * third, one = 1 - x * second, decay = 1 - x * one;
  for (; halvings > 1; halvings--) {
    third = 0.125 * (second * (1 + one) + 2 * third);
    second = 0.25 * (one * one + 2 * second);
    one = 0.5 * one * (1 + decay);
    decay = decay * decay;
  }
  w[first + 4] = decay; w[first + 5] = one; w[first + 6] = second;
  w[first] = decay * decay; w[first + 1] = 0.5 * one * (1 + decay); w[first + 2] = 0.25 * (one * one + 2 * second);
  w[first + 3] = 0.125 * (second * (1 + one) + 2 * third);
}

/* What one unit in compartment j leaves in compartment i after half a step, row by row, into the share of a chain: of
   one compartment and of two as exponentials (of nearly equal rates, too), of more by the series of a time that is
   halved until it is small. */
function propagator({ rates, share: rows }, w) {
  const n = rates.length, time = 0.5 * w[LENGTH], later = exp(-rates[n - 1] * time);
  if (n === 1) { rows[0] = later; return; }
  if (n === 2) {
    const apart = rates[0] - rates[1];
    rows[0] = exp(-rates[0] * time); rows[3] = later;
    rows[2] = rates[0] * later * (apart ? -expm1(-apart * time) / apart : time);
    return;
  }
  const { kineticTerms, kineticHalved } = STEP;
  let unit = time, halvings = 0;
  for (const fastest = max(...rates); fastest * unit > kineticHalved; halvings++) unit *= 0.5;
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) rows[i * n + j] = i === j ? 1 : 0;
  for (let k = kineticTerms; k > 0; k--) { // from the last row up: what is read is not new yet
    for (let i = n - 1; i >= 0; i--) {
      const flow = rates[i] * unit / k, before = i ? rates[i - 1] * unit / k : 0;
      rows[i * n + i] = 1 - flow * rows[i * n + i];
      for (let j = 0; j < i; j++) rows[i * n + j] = before * rows[(i - 1) * n + j] - flow * rows[i * n + j];
    }
  }
  for (; halvings > 0; halvings--) {
    for (let i = n - 1; i >= 0; i--) for (let j = 0; j <= i; j++) { // so that what is read is not new yet
      let sum = rows[i * n + j] * rows[j * n + j];
      for (let k = j + 1; k <= i; k++) sum += rows[i * n + k] * rows[k * n + j];
      rows[i * n + j] = sum;
    }
  }
}

/* Carries the compartments of some chains over the time of their propagators. */
function carry(chains, from, to) {
  for (let c = 0; c < chains.length; c++) {
    const { first, share, rates: { length: n } } = chains[c];
    if (n === 1) to[first] = share[0] * from[first];
    else if (n === 2) {
      to[first] = share[0] * from[first];
      to[first + 1] = share[2] * from[first] + share[3] * from[first + 1];
    } else {
      for (let i = 0; i < n; i++) {
        let sum = share[i * n] * from[first];
        for (let j = 1; j <= i; j++) sum += share[i * n + j] * from[first + j];
        to[first + i] = sum;
      }
    }
  }
}

/* Adds what decays to a derivative. */
function split(own, y, N) {
  for (const [p, q, j] of FAST) N[j] += own[p] * y[j];
}

function second(w, y, N1, stage) {
  const half = 0.5 * w[LENGTH];
  for (const [p, q, j] of FAST) stage[j] = w[q + 4] * y[j] + half * w[q + 5] * N1[j];
  for (const j of SLOW) stage[j] = y[j] + half * N1[j];
}

function third(w, own, N1, N2, stage) {
  const h = w[LENGTH], half = 0.5 * h;
  for (const [p, q, j] of FAST) {
    N2[j] += own[p] * stage[j];
    stage[j] += h * w[q + 6] * (N2[j] - N1[j]);
  }
  for (const j of SLOW) stage[j] += half * (N2[j] - N1[j]);
}

function fourth(w, own, y, N1, N3, stage) {
  const h = w[LENGTH];
  for (const [p, q, j] of FAST) {
    N3[j] += own[p] * stage[j];
    stage[j] = w[q] * y[j] + h * (w[q + 1] * N1[j] + 2 * w[q + 2] * (N3[j] - N1[j]));
  }
  for (const j of SLOW) stage[j] = y[j] + h * N3[j];
}

function finish(w, own, stage, y, N1, N2, N3, N4, fresh) {
  const h = w[LENGTH], sixth = h * (1 / 6);
  for (const [p, q, j] of FAST) {
    const f2 = w[q + 2], b = 2 * w[q + 3];
    N4[j] += own[p] * stage[j];
    fresh[j] = w[q] * y[j]
      + h * ((w[q + 1] - 3 * f2 + 2 * b) * N1[j] + 2 * (f2 - b) * (N2[j] + N3[j]) + (2 * b - f2) * N4[j]);
  }
  for (const j of SLOW) fresh[j] = y[j] + sixth * (N1[j] + 2 * (N2[j] + N3[j]) + N4[j]);
}

/* How far a step is to be trusted; `smooth` is false where something happens at its end, which N5 tells already. */
function doubt(w, own, fresh, N1, N2, N3, N4, N5, smooth) {
  const h = w[LENGTH], { curved, strayed } = STEP;
  let most = 0;
  for (const [p, q, j] of FAST) {
    const before = N1[j], after = N4[j], bend = before - N2[j] - N3[j] + after, apart = N3[j] - N2[j];
    const gap = smooth ? h * (4 * w[q + 3] - w[q + 2]) * (after - (N5[j] + own[p] * fresh[j])) : 0;
    const far = (abs(gap) + h * w[q + 1] * (curved * bend * bend + strayed * apart * apart) / (abs(before) + abs(after))) / fresh[j];
    if (most < far) most = far;
  }
  w[LENGTH + 1] = most;
}
