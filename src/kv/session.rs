//! What the store remembers of its clients, so that a retry is not applied twice.

use std::collections::BTreeMap;

use super::command::{Answer, ClientId};

/// One session for each client that has ever had a command applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sessions(BTreeMap<ClientId, Session>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    /// The number of the client's last command.
    sequence: u64,
    /// The first answer to it.
    answer: Answer,
}

impl Sessions {
    /// What to answer without applying anything; `None` if the command is new.
    pub(super) fn answer_again(&self, client: ClientId, sequence: u64) -> Option<Answer> {
        let session = self.0.get(&client)?;
        if sequence > session.sequence {
            return None;
        }
        if sequence < session.sequence {
            return Some(Answer::Forgotten);
        }
        Some(session.answer.clone())
    }

    /// Keeps the answer to a command that has been applied. It takes the place of
    /// the one before: the client would not have gone on without that.
    pub(super) fn keep(&mut self, client: ClientId, sequence: u64, answer: Answer) {
        self.0.insert(client, Session { sequence, answer });
    }
}
