// Package tracking sends fits to an MLflow tracking server.
//
// In go a run folder and the server's address. Out goes what the folder says: the config as parameters, the validations as metrics by step, the result, and
// tags that name folder, config and recording. What was sent is noted in the folder, in tracking.json, and the folder stays the truth: a server that is away
// delays, and nothing is lost or sent twice. Nothing is sent unless MLFLOW_TRACKING_URI is set. Sub-package tensorboard writes event files.
//
// Source: the REST interface of MLflow, https://mlflow.org/docs/latest/rest-api.html, version 2.0.
package tracking
