//! `gradus rules`, `gradus explain`, `gradus verify`.

use crate::{out, Outcome, Result};

/// Lists rules: name and statement, a line each.
pub fn rules(family: Option<&str>) -> Result<Outcome> {
    let rules = gradus::rules(family).map_err(|e| e.to_string())?;
    if let (true, Some(f)) = (rules.is_empty(), family) {
        let all = gradus::families().map_err(|e| e.to_string())?;
        return Err(format!("no family `{f}`; there are {}", all.join(", ")));
    }
    let width = rules.iter().map(|r| r.name.chars().count()).max().unwrap_or(0);
    let text: String = rules.iter().map(|r| format!("{:width$}  {}\n", r.name, r.statement)).collect();
    out::page(None, &text)?;
    Ok(Outcome::Settled)
}

/// Explains a rule or a code.
pub fn explain(name: &str) -> Result<Outcome> {
    let text = match gradus::explain(name) {
        Some(t) => t,
        None => {
            let rule = gradus::rule(name).map_err(|e| e.to_string())?;
            rule.ok_or_else(|| format!("`{name}` is no rule and no diagnostic code; `gradus rules` lists the rules"))?.text()
        }
    };
    out::page(None, &text)?;
    Ok(Outcome::Settled)
}

/// Checks a certificate and prints what it proves.
pub fn verify(path: &str) -> Result<Outcome> {
    let bytes = out::read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not text"))?;
    let found = match gradus::verify(&text) {
        Ok(v) => v,
        Err(e) if e.is_refused() => {
            out::error(&e.to_string());
            return Ok(Outcome::Open);
        }
        Err(e) => return Err(e.to_string()),
    };
    let mut page = String::new();
    found.declarations.iter().for_each(|d| page.push_str(&format!("given {d}\n")));
    found.networks.iter().for_each(|n| page.push_str(&format!("network {n}\n")));
    found.definitions.iter().for_each(|d| page.push_str(&format!("define {d}\n")));
    for c in &found.claims {
        let label = c.label.as_ref().map_or_else(String::new, |l| format!("{l}: "));
        page.push_str(&format!("\n{label}{}\n", c.claim));
        c.about.iter().for_each(|a| page.push_str(&format!("  with {a}\n")));
        c.givens.iter().for_each(|g| page.push_str(&format!("  given {g}\n")));
        c.assumptions.iter().for_each(|a| page.push_str(&format!("  assuming {a}\n")));
    }
    page.push_str(&format!("\n{} claims, {} steps made again, rulebook {}\n", found.claims.len(), found.steps, found.rulebook));
    out::page(None, page.trim_start_matches('\n'))?;
    for goal in &found.open {
        out::error(&format!("NOT VERIFIED, {goal}"));
    }
    Ok(if found.open.is_empty() && found.claims.iter().all(|c| c.assumptions.is_empty()) { Outcome::Settled } else { Outcome::Open })
}
