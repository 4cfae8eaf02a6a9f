/* A BMI that changes on the way: leydig.man.weight, and the stretches of leydig.engine.origin. `weight` of a man is
   {points: [[day, bmi], ...], between: "linear" or "last value"}, ascending from day 0 on. */

/* The ticks from which each BMI holds, and these, no two alike in a row; a line is followed in small pieces. */
function bmiSteps({ points, between }, bmi) {
  const { piece, linear } = FACTS.weight, whole = points[0][0] > 0 ? [[0, bmi], ...points] : points, ticks = [], values = [];
  const add = (tick, value) => { if (value !== values[values.length - 1]) { ticks.push(tick); values.push(value); } };
  whole.forEach(([day, value], i) => {
    if (between === linear && i + 1 < whole.length) {
      const begin = tickOf(day), length = tickOf(whole[i + 1][0]) - begin, rise = whole[i + 1][1] - value;
      const count = max(ceil(abs(rise) / piece - 1e-9), 1);
      for (let k = 0; k < count; k++) add(begin + rint(length * (k / count)), value + rise * (k / count + 0.5 / count));
    } else add(tickOf(day), value);
  });
  return { ticks, values };
}

/* Marches a man from one change of his BMI to the next; as `march`, of the days that are kept. */
function marchStretches(man, regimen, days, tolerance) {
  const anchored = anchorMan(man), { ticks, values: bmis } = bmiSteps(man.weight, man.bmi), kept = days.map(tickOf), last = kept[kept.length - 1];
  const edges = [0, ...ticks.filter(tick => tick > 0 && tick < last), last], found = { values: [], amounts: [], steps: 0 };
  let begin = null;
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, stop] = [edges[i] / FACTS.ticksPerDay, edges[i + 1] / FACTS.ticksPerDay], own = changeBmi(anchored, man.bmi, bmis[i]);
    const seen = days.filter((_, r) => kept[r] <= edges[i + 1] && (i === 0 || kept[r] > edges[i])), whole = tickOf(seen[seen.length - 1] ?? -1) === edges[i + 1] ? seen : [...seen, stop];
    const one = march(own, planRegimen(regimen, whole, start), tolerance, begin);
    found.values.push(...one.values.slice(0, seen.length)); found.amounts.push(...one.amounts.slice(0, seen.length));
    found.steps += one.steps; begin = one.end;
  }
  return found;
}

/* A man whose BMI is another than that of his baseline: fat's aromatase and the SHBG that he makes follow it. */
function changeBmi(man, before, now) {
  if (before === now) return man;
  const theta = man.theta.slice(), own = [], aux = [], found = weigh([before, now], man.theta);
  FACTS.weight.places.forEach((place, i) => { theta[place] = found[i]; });
  ownRatePrelude(theta, aux); ownRate(man.start, theta, aux, own);
  return { ...man, theta, own };
}
