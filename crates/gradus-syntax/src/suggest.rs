//! Misspelt names: the closest known one.

/// The known word closest to `word`, if it is close enough to be meant.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let d = strsim::osa_distance(word, candidate);
        let shares = word.chars().any(|c| candidate.contains(c)) || word.eq_ignore_ascii_case(candidate);
        let better = best.is_none_or(|(b, w)| d < b || (d == b && candidate < w));
        if candidate != word && d <= limit && d < candidate.chars().count().max(2) && shares && better {
            best = Some((d, candidate));
        }
    }
    best.map(|b| b.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_misspelt() {
        assert_eq!(closest("sigmod", ["softmax", "sigmoid", "sign"]), Some("sigmoid"));
        assert_eq!(closest("derivve", ["define", "derive"]), Some("derive"));
        assert_eq!(closest("zzz", ["sin", "cos"]), None);
    }
}
