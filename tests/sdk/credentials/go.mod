// The official library for credentials against the operator's chain. Not part of any product.
module dts-operator/tests/sdk/credentials

go 1.21

require github.com/aliyun/credentials-go v1.4.12

require (
	github.com/alibabacloud-go/debug v1.0.1 // indirect
	gopkg.in/ini.v1 v1.67.0 // indirect
)
