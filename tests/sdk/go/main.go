// The official SDK for Go, driven by lines: a call in, its outcome out.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/dts"
)

type call struct {
	Action     string            `json:"action"`
	Parameters map[string]string `json:"parameters"`
	Method     string            `json:"method"`
	Place      string            `json:"place"`
	Key        string            `json:"key"`
	Secret     string            `json:"secret"`
	Token      string            `json:"token"`
}

type outcome struct {
	Code   string          `json:"code,omitempty"`
	Advice string          `json:"advice,omitempty"`
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// The request type of the action, where the SDK's own is wanted: parameters in the query.
func typed(c call) (requests.AcsRequest, responses.AcsResponse) {
	job := c.Parameters["DtsJobId"]
	switch c.Action {
	case "StartDtsJob":
		r := dts.CreateStartDtsJobRequest()
		r.DtsJobId, r.Method = job, c.Method
		return r, dts.CreateStartDtsJobResponse()
	case "SuspendDtsJob":
		r := dts.CreateSuspendDtsJobRequest()
		r.DtsJobId, r.Method = job, c.Method
		return r, dts.CreateSuspendDtsJobResponse()
	case "StopDtsJob":
		r := dts.CreateStopDtsJobRequest()
		r.DtsJobId, r.Method = job, c.Method
		return r, dts.CreateStopDtsJobResponse()
	case "DescribeDtsJobDetail":
		r := dts.CreateDescribeDtsJobDetailRequest()
		r.DtsJobId, r.Method = job, c.Method
		return r, dts.CreateDescribeDtsJobDetailResponse()
	case "DescribeDtsJobs":
		r := dts.CreateDescribeDtsJobsRequest()
		r.JobType, r.Type, r.Params = c.Parameters["JobType"], c.Parameters["Type"], c.Parameters["Params"]
		r.Method = c.Method
		return r, dts.CreateDescribeDtsJobsResponse()
	}
	return nil, nil
}

func common(c call) (requests.AcsRequest, responses.AcsResponse) {
	r := requests.NewCommonRequest()
	r.Version, r.ApiName, r.Product = "2020-01-01", c.Action, "Dts"
	for name, value := range c.Parameters {
		if c.Place != "body" {
			r.QueryParams[name] = value
		}
		if c.Place != "query" {
			r.FormParams[name] = value
		}
	}
	r.Method = c.Method
	r.TransToAcsRequest()
	return r, responses.NewCommonResponse()
}

func perform(address string, c call) outcome {
	var credential auth.Credential = credentials.NewAccessKeyCredential(c.Key, c.Secret)
	if c.Token != "" {
		credential = credentials.NewStsTokenCredential(c.Key, c.Secret, c.Token)
	}
	client, err := sdk.NewClientWithOptions("cn-hangzhou", sdk.NewConfig().WithAutoRetry(false), credential)
	if err != nil {
		return outcome{Code: err.Error()}
	}
	request, response := typed(c)
	if request == nil || c.Place != "query" {
		request, response = common(c)
	}
	request.SetDomain(address)
	request.SetScheme("http")
	if err := client.DoAction(request, response); err != nil {
		var server *sdkerrors.ServerError
		if errors.As(err, &server) {
			return outcome{Code: server.ErrorCode(), Advice: server.Recommend(), Status: server.HttpStatus()}
		}
		return outcome{Code: err.Error()}
	}
	return outcome{Status: response.GetHttpStatus(), Body: response.GetHttpContentBytes()}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var c call
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		answer, err := json.Marshal(perform(os.Args[1], c))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(string(answer))
	}
}
