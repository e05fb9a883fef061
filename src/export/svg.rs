//! A picture of the space-time diagram that needs nothing else: lanes, terms as colour, crashes as
//! gaps, messages as lines, crosses where one is lost.

use std::fmt::Write as _;

use super::{Stretch, words};
use crate::sim::causality::{Happening, Place, What};
use crate::sim::view::{MessageKind, RoleKind, Status};

/// The palette of Okabe and Ito, as on the page.
const TERMS: [&str; 7] = [
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442",
];
const WIDTH: u64 = 1_200;
const LEFT: u64 = 60;
const TOP: u64 = 40;
const LANE: u64 = 56;

/// The stretch as an SVG file, for a light ground or a dark one.
pub fn svg(stretch: &Stretch<'_>, dark: bool) -> String {
    let (ground, ink, muted, danger, success, accent) = if dark {
        (
            "#0f141a", "#e9eef4", "#9aa7b4", "#ff6b73", "#4cc974", "#a594ff",
        )
    } else {
        (
            "#ffffff", "#161b22", "#57606a", "#c4162a", "#15803d", "#5b3fd6",
        )
    };
    let mut places: Vec<Place> = stretch
        .graph
        .beginning()
        .replicas
        .iter()
        .map(|it| Place::Replica(it.id))
        .collect();
    let mut clients: Vec<Place> = stretch
        .graph
        .iter()
        .map(|(_, it)| it.place)
        .filter(|it| matches!(it, Place::Client(_)))
        .collect();
    clients.sort_unstable();
    clients.dedup();
    places.extend(clients);
    let height = TOP + LANE * places.len() as u64 + 30;
    let span = (stretch.to_us - stretch.from_us.min(stretch.to_us)).max(1);
    let x = |at_us: u64| {
        let after = at_us.saturating_sub(stretch.from_us).min(span);
        LEFT + u64::try_from(u128::from(after) * u128::from(WIDTH - LEFT - 20) / u128::from(span))
            .unwrap_or(0)
    };
    let y = |place: Place| {
        let lane = places.iter().position(|&it| it == place);
        lane.map(|lane| TOP + LANE * lane as u64 + LANE / 2)
    };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" role=\"img\">\n<title>{}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"{ground}\"/>\n<text x=\"{LEFT}\" y=\"20\" fill=\"{ink}\" font-weight=\"600\">{}, seed {}, {} to {}</text>\n",
        escaped(stretch.title),
        escaped(stretch.title),
        stretch.seed,
        crate::text::seconds(stretch.from_us),
        crate::text::seconds(stretch.to_us),
    );
    let mut add = |line: String| writeln!(out, "{line}").expect("it is a string");
    for &place in &places {
        let at = y(place).unwrap_or(0);
        add(format!(
            "<text x=\"{}\" y=\"{}\" fill=\"{ink}\" text-anchor=\"end\" font-weight=\"600\">{}</text>",
            LEFT - 10,
            at + 4,
            words::place(place)
        ));
        add(format!(
            "<line x1=\"{LEFT}\" y1=\"{at}\" x2=\"{}\" y2=\"{at}\" stroke=\"{muted}\" stroke-width=\"1\"/>",
            WIDTH - 20
        ));
    }
    for stay in stays(stretch) {
        let Some(at) = y(stay.place) else { continue };
        let (from, to) = (x(stay.from_us), x(stay.to_us));
        let width = to.saturating_sub(from);
        let colour = TERMS[usize::try_from(stay.term.saturating_sub(1)).unwrap_or(0) % TERMS.len()];
        add(if stay.dead {
            format!(
                "<g><rect x=\"{from}\" y=\"{}\" width=\"{width}\" height=\"10\" fill=\"{ground}\"/><line x1=\"{from}\" y1=\"{at}\" x2=\"{to}\" y2=\"{at}\" stroke=\"{danger}\" stroke-dasharray=\"3 5\"/></g>",
                at - 5
            )
        } else {
            let (high, opacity) = if stay.leads { (12, "1") } else { (6, "0.3") };
            format!(
                "<rect x=\"{from}\" y=\"{}\" width=\"{width}\" height=\"{high}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"><title>term {}</title></rect>",
                at - high / 2,
                stay.term
            )
        });
    }
    let colours = Colours {
        ink,
        muted,
        danger,
        success,
        accent,
    };
    for (id, happening) in stretch.graph.iter() {
        let ends = matches!(happening.what, What::Received { .. } | What::Lost { .. });
        if ends {
            let mut sent = stretch
                .graph
                .causes(id)
                .filter_map(|it| stretch.graph.get(it));
            if let Some(sent) = sent.find(|it| matches!(it.what, What::Sent(_))) {
                line(happening, sent, &x, &y, &colours, &mut add);
            }
        } else {
            mark(happening, &x, &y, &colours, height, &mut add);
        }
    }
    out.push_str("</svg>\n");
    out
}

struct Colours {
    ink: &'static str,
    muted: &'static str,
    danger: &'static str,
    success: &'static str,
    accent: &'static str,
}

/// What a replica was for some time.
struct Stay {
    place: Place,
    from_us: u64,
    to_us: u64,
    term: u64,
    leads: bool,
    dead: bool,
}

fn stays(stretch: &Stretch<'_>) -> Vec<Stay> {
    let mut all = Vec::new();
    for replica in &stretch.graph.beginning().replicas {
        let place = Place::Replica(replica.id);
        let mut now = Stay {
            place,
            from_us: stretch.from_us,
            to_us: stretch.to_us,
            term: replica.term.0,
            leads: replica.role == RoleKind::Leader,
            dead: replica.status == Status::Crashed,
        };
        for (_, it) in stretch.graph.iter().filter(|(_, it)| it.place == place) {
            let (term, leads, dead) = match it.what {
                What::Became { role, term, .. } => (term.0, role == RoleKind::Leader, false),
                What::Crashed {} => (now.term, false, true),
                What::Started {} => (now.term, false, false),
                _ => continue,
            };
            let next = Stay {
                from_us: it.at_us,
                term,
                leads,
                dead,
                ..now
            };
            all.push(Stay {
                to_us: it.at_us,
                ..std::mem::replace(&mut now, next)
            });
        }
        all.push(now);
    }
    all.retain(|it| it.term > 0 || it.dead);
    all
}

/// A message from where it was sent to where it came, or was lost.
fn line(
    end: &Happening,
    sent: &Happening,
    x: &impl Fn(u64) -> u64,
    y: &impl Fn(Place) -> Option<u64>,
    colours: &Colours,
    add: &mut impl FnMut(String),
) {
    let Some(letter) = end.letter() else { return };
    let (Some(y1), Some(y2)) = (y(letter.from.into()), y(letter.to.into())) else {
        return;
    };
    let (x1, x2) = (x(sent.at_us), x(end.at_us));
    let lost = match end.what {
        What::Lost { way_ppm, .. } => Some(u64::from(way_ppm)),
        _ => None,
    };
    let y2 = lost.map_or(y2, |way| {
        let far = y1.abs_diff(y2) * way / 1_000_000;
        if y2 > y1 { y1 + far } else { y1 - far }
    });
    let (colour, dash) = match letter.kind {
        _ if lost.is_some() => (colours.danger, " stroke-dasharray=\"2 3\""),
        MessageKind::VoteDenied | MessageKind::PreVoteDenied | MessageKind::AppendRejected => {
            (colours.danger, " stroke-dasharray=\"5 3\"")
        }
        MessageKind::RequestVote | MessageKind::VoteGranted | MessageKind::TimeoutNow => {
            (colours.accent, "")
        }
        MessageKind::AppendAccepted => (colours.success, ""),
        MessageKind::AppendEntries => (
            TERMS[usize::try_from(letter.term.0.saturating_sub(1)).unwrap_or(0) % TERMS.len()],
            "",
        ),
        _ => (colours.muted, ""),
    };
    add(format!(
        "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{colour}\"{dash}><title>{}</title></line>",
        escaped(&words::label(end))
    ));
    if lost.is_some() {
        add(format!(
            "<path d=\"M{} {}l8 8m0 -8l-8 8\" stroke=\"{}\" stroke-width=\"2\"/>",
            x2.saturating_sub(4),
            y2.saturating_sub(4),
            colours.danger
        ));
    }
}

/// What happened on a lane, or outside.
fn mark(
    happening: &Happening,
    x: &impl Fn(u64) -> u64,
    y: &impl Fn(Place) -> Option<u64>,
    colours: &Colours,
    height: u64,
    add: &mut impl FnMut(String),
) {
    let at = x(happening.at_us);
    let title = escaped(&words::label(happening));
    let Some(lane) = y(happening.place) else {
        if happening.place == Place::Outside {
            add(format!(
                "<g><title>{title}</title><line x1=\"{at}\" y1=\"{TOP}\" x2=\"{at}\" y2=\"{}\" stroke=\"{}\" stroke-dasharray=\"1 4\"/><text x=\"{at}\" y=\"{}\" fill=\"{}\" font-size=\"10\">{title}</text></g>",
                height - 30,
                colours.ink,
                TOP - 4,
                colours.ink
            ));
        }
        return;
    };
    let shape = match &happening.what {
        What::Became {
            role: RoleKind::Leader,
            ..
        } => format!(
            "<circle cx=\"{at}\" cy=\"{lane}\" r=\"7\" fill=\"{}\"/>",
            colours.ink
        ),
        What::Committed { .. } => format!(
            "<path d=\"M{} {}l3 4l6 -7\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>",
            at.saturating_sub(4),
            lane - 12,
            colours.success
        ),
        What::Wrote { .. } => format!(
            "<rect x=\"{}\" y=\"{}\" width=\"6\" height=\"5\" fill=\"none\" stroke=\"{}\"/>",
            at.saturating_sub(3),
            lane + 7,
            colours.muted
        ),
        What::Applied { .. } => format!(
            "<circle cx=\"{at}\" cy=\"{}\" r=\"2\" fill=\"{}\"/>",
            lane + 10,
            colours.success
        ),
        What::Crashed {} | What::Truncated { .. } => format!(
            "<path d=\"M{} {}l10 10m0 -10l-10 10\" stroke=\"{}\" stroke-width=\"2.5\"/>",
            at.saturating_sub(5),
            lane - 5,
            colours.danger
        ),
        What::Asked { .. } | What::Told { .. } => format!(
            "<circle cx=\"{at}\" cy=\"{lane}\" r=\"4\" fill=\"{}\"/>",
            colours.muted
        ),
        _ => return,
    };
    add(format!("<g><title>{title}</title>{shape}</g>"));
}

/// A text between two tags, or in an attribute between double quotes.
fn escaped(text: &str) -> String {
    // XML has no characters for these two.
    words::one_line(text)
        .replace(['\u{fffe}', '\u{ffff}'], "")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
