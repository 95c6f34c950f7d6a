// How to reach and authenticate to one Kubernetes API server, whatever file said so.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/secret.h"

namespace dtsop {

struct ClientCertificate {
  std::string cert_pem;  // empty: none
  SecretString key_pem;

  friend bool operator==(const ClientCertificate&, const ClientCertificate&) = default;
};

// A token that is read from a file again and again, because it is rotated there.
struct TokenFile {
  std::string path;
  SecretString otherwise{};  // used while the file can't be read; empty: none

  friend bool operator==(const TokenFile&, const TokenFile&) = default;
};

// A credential plugin: a program that prints a token or a client certificate when it is run.
struct ExecSpec {
  std::string command;  // absolute, or a bare name to be looked up in PATH
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  // on top of PluginEnvironment
  std::string api_version;                               // client.authentication.k8s.io/...
  std::string exec_info;                                 // the value of KUBERNETES_EXEC_INFO
  std::string install_hint;                              // for people, when it can't be run

  friend bool operator==(const ExecSpec&, const ExecSpec&) = default;
};

// monostate: no token; the client certificate, if there is one, identifies the operator.
using TokenSpec = std::variant<std::monostate, SecretString, TokenFile, ExecSpec>;

struct ClientConfig {
  std::string server;           // "https://host:port"; http only when the host is loopback
  std::string path_prefix;      // "" or "/k8s/clusters/c-1": stands before every request path
  std::string ca_pem;           // the only certificates to trust; empty: the system's CAs
  std::string client_cert_pem;  // empty, or together with client_key_pem
  SecretString client_key_pem;
  std::string tls_server_name;  // the name to verify and send as SNI; empty: the host of `server`
  std::string context;          // of the kubeconfig; empty: a pod's
  std::string kube_namespace;   // of the context or the pod; "" when none is named
  TokenSpec token;
  std::string origin;  // for the log: `kubeconfig /home/me/.kube/config, context "dev"`
};

}  // namespace dtsop
