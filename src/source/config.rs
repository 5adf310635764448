//! What an image's configuration says (image-spec, config.md), as far as it decides whether and how the program
//! runs.

use serde_json::Value;

/// The configuration of an image that was read back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceConfig {
    /// When it was made, as it is written.
    pub created: Option<String>,
    /// Who runs the program, as it is written.
    pub user: Option<String>,
    /// The program and its first arguments.
    pub entrypoint: Vec<String>,
    /// Default arguments; the program too where there is no entrypoint.
    pub arguments: Vec<String>,
    /// `KEY=VALUE`.
    pub env: Vec<String>,
    /// The working directory.
    pub workdir: Option<String>,
    /// `8080/tcp`.
    pub ports: Vec<String>,
    /// Paths.
    pub volumes: Vec<String>,
    /// Labels, sorted.
    pub labels: Vec<(String, String)>,
    /// The signal that asks the program to stop.
    pub stop_signal: Option<String>,
    /// What made each layer, as far as the history says.
    pub history: Vec<String>,
}

impl SourceConfig {
    /// Reads what is there; what has another type than it should have counts as absent, as to engines.
    pub fn parse(value: &Value) -> Self {
        let config = &value["config"];
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let list = |value: &Value| {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let keys = |value: &Value| value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
        let labels = config["Labels"].as_object().into_iter().flatten();
        let history = value["history"].as_array().into_iter().flatten();
        Self {
            created: text(&value["created"]),
            user: text(&config["User"]),
            entrypoint: list(&config["Entrypoint"]),
            arguments: list(&config["Cmd"]),
            env: list(&config["Env"]),
            workdir: text(&config["WorkingDir"]),
            ports: keys(&config["ExposedPorts"]),
            volumes: keys(&config["Volumes"]),
            labels: labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
            stop_signal: text(&config["StopSignal"]),
            history: history
                .filter(|step| step["empty_layer"] != true)
                .map(|step| step["created_by"].as_str().unwrap_or_default().to_owned())
                .collect(),
        }
    }

    /// The program with its arguments, as the kernel gets them.
    pub fn words(&self) -> Vec<&str> {
        self.entrypoint.iter().chain(&self.arguments).map(String::as_str).collect()
    }

    /// The environment variables, each with its value.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().filter_map(|pair| pair.split_once('='))
    }

    /// The value of an environment variable.
    pub fn variable(&self, key: &str) -> Option<&str> {
        self.variables().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}
