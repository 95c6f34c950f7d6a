package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aliyun/credentials-go/credentials/providers"
)

type keys struct{ Id, Secret, Token string }

type outcome struct {
	keys keys
	said string // why there are none
}

func (o outcome) String() string {
	if o.keys == (keys{}) {
		return "refuses: " + o.said
	}
	return o.keys.Id
}

// The official library, in this process.
type library struct {
	files map[string]string // as they are, by path
	sink  *os.File
	mutex sync.Mutex
	now   world
}

func newLibrary() *library {
	sink, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(err)
	l := &library{sink: sink}
	server := httptest.NewServer(http.HandlerFunc(l.serve))
	proxy, err := url.Parse(server.URL)
	check(err)
	// The library clones this for each request. What is plain goes through a proxy; what is TLS is
	// taken as it is.
	transport := http.DefaultTransport.(*http.Transport)
	transport.DisableKeepAlives = true
	transport.Proxy = func(r *http.Request) (*url.URL, error) {
		if r.URL.Scheme == "https" {
			return nil, nil
		}
		return proxy, nil
	}
	transport.DialTLSContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, proxy.Host)
	}
	return l
}

func (l *library) serve(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	check(err)
	scheme := in.URL.Scheme // only a proxy is told it
	if scheme == "" {
		scheme = "https"
	}
	l.mutex.Lock()
	w := l.now
	l.mutex.Unlock()
	a := w.answer(request{in.Method, scheme, in.Host, in.URL.Path, valuesOf(in.URL.RawQuery, string(body)), in.Header})
	if a.Broken {
		panic(http.ErrAbortHandler)
	}
	out.WriteHeader(a.Status)
	io.WriteString(out, a.Body)
}

func valuesOf(query, body string) url.Values {
	values, err := url.ParseQuery(query)
	check(err)
	form, err := url.ParseQuery(body)
	if err == nil { // else it is JSON
		for name, value := range form {
			values[name] = value
		}
	}
	return values
}

func (l *library) ask(c combination) outcome {
	l.mutex.Lock()
	l.now = c.world
	l.mutex.Unlock()
	for path := range l.files {
		if _, stays := c.files[path]; !stays {
			check(os.Remove(path))
		}
	}
	for path, text := range c.files {
		if l.files[path] != text {
			check(os.MkdirAll(filepath.Dir(path), 0o700))
			check(os.WriteFile(path, []byte(text), 0o600))
		}
	}
	l.files = map[string]string{}
	for path, text := range c.files {
		l.files[path] = text
		if strings.Contains(text, "OAuth") || strings.Contains(text, "External") {
			l.files[path] = "" // the library writes it too
		}
	}
	os.Clearenv()
	for name, value := range c.env {
		check(os.Setenv(name, value))
	}
	out := os.Stdout
	os.Stdout = l.sink // it prints what programs say
	found, err := providers.NewDefaultCredentialsProvider().GetCredentials()
	os.Stdout = out
	if err != nil {
		return outcome{said: err.Error()}
	}
	return outcome{keys: keys{found.AccessKeyId, found.AccessKeySecret, found.SecurityToken}}
}

// The operator's chain, behind the pipe of chain_tool.
type operator struct {
	tool *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

func newOperator(program string) *operator {
	tool := exec.Command(program)
	tool.Stderr = os.Stderr
	in, err := tool.StdinPipe()
	check(err)
	out, err := tool.StdoutPipe()
	check(err)
	check(tool.Start())
	return &operator{tool, in, bufio.NewReaderSize(out, 1<<20)}
}

func (o *operator) close() {
	check(o.in.Close())
	check(o.tool.Wait())
}

// What chain_tool says: a request, or the end of an inquiry.
type line struct {
	Method, Origin, Target, Body string
	Headers                      [][2]string
	Id, Secret, Token, Said      string
}

func (o *operator) exchange(say any) line {
	text, err := json.Marshal(say)
	check(err)
	_, err = o.in.Write(append(text, '\n'))
	check(err)
	text, err = o.out.ReadBytes('\n')
	check(err)
	var heard line
	check(json.Unmarshal(text, &heard))
	return heard
}

func (o *operator) ask(c combination) outcome {
	heard := o.exchange(map[string]any{"env": c.env, "files": c.files})
	for asked := 0; heard.Method != ""; asked++ {
		if asked > 20 {
			panic(fmt.Sprintf("%s: the operator asks for ever", c.name()))
		}
		target, err := url.Parse(heard.Origin + heard.Target)
		check(err)
		header := http.Header{}
		for _, pair := range heard.Headers {
			header.Set(pair[0], pair[1])
		}
		a := c.world.answer(request{heard.Method, target.Scheme, strings.TrimSuffix(target.Host, ":443"), target.Path,
			valuesOf(target.RawQuery, heard.Body), header})
		heard = o.exchange(map[string]any{"status": a.Status, "body": a.Body, "broken": a.Broken})
	}
	return outcome{keys{heard.Id, heard.Secret, heard.Token}, heard.Said}
}
