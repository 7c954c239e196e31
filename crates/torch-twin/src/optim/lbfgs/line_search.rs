use tch::Tensor;

use super::number::Number;
use crate::{TorchError, native};

/// What c1 and c2 of the Wolfe conditions are.
const ARMIJO: f64 = 1e-4;
const CURVATURE: f64 = 0.9;

/// A length of the step, with the loss, the gradient and the slope along the direction there.
pub struct Point {
    pub t: Number,
    pub loss: f64,
    pub gradient: Tensor,
    pub slope: Number,
}

impl Point {
    fn copy(&self) -> Result<Self, TorchError> {
        Ok(Self {
            t: self.t.clone(),
            loss: self.loss,
            gradient: native::clone(&self.gradient)?,
            slope: self.slope.clone(),
        })
    }
}

/// Loss and gradient at a length of the step.
pub type Evaluate<'a> = dyn FnMut(&Number) -> Result<(f64, Tensor), TorchError> + 'a;

/// A search along a direction for a length that meets the strong Wolfe conditions.
pub struct StrongWolfe<'a> {
    pub direction: &'a Tensor,
    /// Loss, gradient and slope at 0.
    pub start: Point,
    pub tolerance_change: f64,
    /// The most evaluations beside the first.
    pub most: u64,
}

/// What has been found between two lengths, and how many evaluations it took.
struct Bracket {
    points: Vec<Point>,
    is_done: bool,
    iterations: u64,
}

impl StrongWolfe<'_> {
    /// The point that is found from the length `t` on, and the number of evaluations.
    pub fn search(
        &self,
        t: Number,
        evaluate: &mut Evaluate<'_>,
    ) -> Result<(Point, u64), TorchError> {
        let first = self.point(t, evaluate)?;
        let mut bracket = self.bracket(first, evaluate)?;
        let low = self.zoom(&mut bracket, evaluate)?;
        let point = bracket.points.swap_remove(low);
        Ok((point, bracket.iterations + 1))
    }

    fn point(&self, t: Number, evaluate: &mut Evaluate<'_>) -> Result<Point, TorchError> {
        let (loss, gradient) = evaluate(&t)?;
        let slope = gradient.f_dot(self.direction)?.into();
        Ok(Point {
            t,
            loss,
            gradient,
            slope,
        })
    }

    /// Whether the loss is above the line of sufficient decrease.
    fn is_above(&self, point: &Point) -> Result<bool, TorchError> {
        let decrease = Number::from(ARMIJO).mul(&point.t)?.mul(&self.start.slope)?;
        let line = Number::from(self.start.loss).add(&decrease)?;
        Number::from(point.loss).gt(&line)
    }

    /// Whether the slope is flat enough.
    fn is_flat(&self, point: &Point) -> Result<bool, TorchError> {
        let limit = Number::from(-CURVATURE).mul(&self.start.slope)?;
        point.slope.abs()?.le(&limit)
    }

    /// Goes on until a point meets the conditions, or two are on both sides of one that does.
    fn bracket(&self, first: Point, evaluate: &mut Evaluate<'_>) -> Result<Bracket, TorchError> {
        let mut iterations = 0;
        let mut previous = self.start.copy()?;
        let mut new = first;
        while iterations < self.most {
            if self.is_above(&new)? || (iterations > 1 && new.loss >= previous.loss) {
                return Ok(Bracket::between(previous, new, iterations));
            }
            if self.is_flat(&new)? {
                return Ok(Bracket {
                    points: vec![new],
                    is_done: true,
                    iterations,
                });
            }
            if new.slope.ge(&0.0.into())? {
                return Ok(Bracket::between(previous, new, iterations));
            }
            let least = new.t.sub(&previous.t)?;
            let least = new.t.add(&Number::from(0.01).mul(&least)?)?;
            let most = new.t.mul(&10.0.into())?;
            let t = cubic_interpolate(&previous, &new, Some((least, most)))?;
            previous = std::mem::replace(&mut new, self.point(t, evaluate)?);
            iterations += 1;
        }
        Ok(Bracket::between(self.start.copy()?, new, iterations))
    }

    /// Makes the bracket smaller until a point meets the conditions; the index of the lowest.
    fn zoom(
        &self,
        bracket: &mut Bracket,
        evaluate: &mut Evaluate<'_>,
    ) -> Result<usize, TorchError> {
        let length = Number::from(self.direction.f_abs()?.f_max()?);
        let mut is_insufficient = false;
        let mut low = bracket.lowest();
        while !bracket.is_done && bracket.iterations < self.most {
            let [first, second] = &bracket.points[..] else {
                break;
            };
            let width = second.t.sub(&first.t)?.abs()?.mul(&length)?;
            if width.lt(&self.tolerance_change.into())? {
                break;
            }
            let t = cubic_interpolate(first, second, None)?;
            let t = inner(t, first, second, &mut is_insufficient)?;
            let new = self.point(t, evaluate)?;
            bracket.iterations += 1;
            let high = 1 - low;
            if self.is_above(&new)? || new.loss >= bracket.points[low].loss {
                bracket.points[high] = new;
                low = bracket.lowest();
                continue;
            }
            let across = bracket.points[high].t.sub(&bracket.points[low].t)?;
            if self.is_flat(&new)? {
                bracket.is_done = true;
            } else if new.slope.mul(&across)?.ge(&0.0.into())? {
                bracket.points[high] = bracket.points[low].copy()?;
            }
            bracket.points[low] = new;
        }
        Ok(low)
    }
}

impl Bracket {
    fn between(first: Point, second: Point, iterations: u64) -> Self {
        Self {
            points: vec![first, second],
            is_done: false,
            iterations,
        }
    }

    /// The index of the point with the lower loss.
    fn lowest(&self) -> usize {
        match &self.points[..] {
            [first, .., last] if first.loss <= last.loss => 0,
            [_, .., _] => 1,
            _ => 0,
        }
    }
}

/// `t`, moved away from the ends of the bracket where it was near them twice.
fn inner(
    t: Number,
    first: &Point,
    second: &Point,
    is_insufficient: &mut bool,
) -> Result<Number, TorchError> {
    let (largest, smallest) = (first.t.max(&second.t)?, first.t.min(&second.t)?);
    let margin = Number::from(0.1).mul(&largest.sub(&smallest)?)?;
    let (above, below) = (largest.sub(&t)?, t.sub(&smallest)?);
    if !above.min(&below)?.lt(&margin)? {
        *is_insufficient = false;
        return Ok(t);
    }
    if !*is_insufficient && !t.ge(&largest)? && !t.le(&smallest)? {
        *is_insufficient = true;
        return Ok(t);
    }
    *is_insufficient = false;
    let is_nearer = t.sub(&largest)?.abs()?.lt(&t.sub(&smallest)?.abs()?)?;
    match is_nearer {
        true => largest.sub(&margin),
        false => smallest.add(&margin),
    }
}

/// The minimum of the cubic through two points with their slopes, within `bounds` or between the points.
fn cubic_interpolate(
    first: &Point,
    second: &Point,
    bounds: Option<(Number, Number)>,
) -> Result<Number, TorchError> {
    let (x1, x2) = (&first.t, &second.t);
    let (g1, g2) = (&first.slope, &second.slope);
    let is_ascending = x1.le(x2)?;
    let (least, most) = match bounds {
        Some(bounds) => bounds,
        None if is_ascending => (x1.clone(), x2.clone()),
        None => (x2.clone(), x1.clone()),
    };
    let secant = Number::from(3.0 * (first.loss - second.loss)).div(&x1.sub(x2)?)?;
    let d1 = g1.add(g2)?.sub(&secant)?;
    let square = d1.square()?.sub(&g1.mul(g2)?)?;
    if !square.ge(&0.0.into())? {
        return least.add(&most)?.div(&2.0.into());
    }
    let d2 = square.sqrt()?;
    let minimum = |(x1, g1): (&Number, &Number), (x2, g2): (&Number, &Number)| {
        let above = g2.add(&d2)?.sub(&d1)?;
        let below = g2.sub(g1)?.add(&Number::from(2.0).mul(&d2)?)?;
        x2.sub(&x2.sub(x1)?.mul(&above.div(&below)?)?)
    };
    let t = match is_ascending {
        true => minimum((x1, g1), (x2, g2))?,
        false => minimum((x2, g2), (x1, g1))?,
    };
    t.max(&least)?.min(&most)
}
