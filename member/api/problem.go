package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"huike/member"
	"huike/member/access"
	"huike/member/audit"
	"huike/member/identity"
	"huike/member/privacy"
	"huike/member/segment"
	"huike/member/store"
	"huike/member/tag"
)

// problem is an error that a reader is told (RFC 9457): what is wrong, with which value,
// and the way out, in both languages.
type problem struct {
	status int
	code   string // ends the type
	en, zh string
}

func (p *problem) Error() string { return p.en }

// told is a problem on the wire.
type told struct {
	Type     string `json:"type"` // urn:huike: and the code
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance,omitempty"`

	Steps []privacy.Step `json:"steps,omitempty"` // of an erasure that is unfinished
}

var (
	errToken      = &problem{http.StatusUnauthorized, "token", "the token is missing, wrong or has ended: send Authorization: Bearer TOKEN; 'huike serve' prints the desk's, and 'huike member token create' makes one", "缺少令牌，或令牌不对、已失效：请发送 Authorization: Bearer 令牌；'huike serve' 启动时会打印坐席令牌，也可用 'huike member token create' 发放"}
	errNoMember   = &problem{http.StatusNotFound, "member-unknown", "no member has this id; POST /v1/members/search finds members by number, name, tag or segment", "没有这个编号的会员；可用 POST /v1/members/search 按号码、姓名、标签或分群查找"}
	errShared     = &problem{http.StatusConflict, "handle-shared", "several members share this handle and none may be taken for the other; search by name, or open one by id", "这个号码由几位会员共用，不能当成其中任何一位；请按姓名查找，或用会员编号打开"}
	errChanged    = &problem{http.StatusPreconditionFailed, "changed", "the member was changed meanwhile: read again, look, and send the new ETag as If-Match", "会员资料已被别人改过：请重新读取、核对，再以新的 ETag 作为 If-Match 提交"}
	errRule       = &problem{http.StatusConflict, "tag-by-rule", "this tag follows a rule and would come back: change the rule, or what it looks at", "这个标签由规则产生，取下后会再出现：请修改规则，或规则所看的数据"}
	errTagName    = &problem{http.StatusUnprocessableEntity, "tag-name", "a tag is 1 to 64 bytes, without control characters, gaps at its ends or a telephone number", "标签为 1 至 64 字节，不含控制字符、首尾空格或电话号码"}
	errStore      = &problem{http.StatusServiceUnavailable, "store", "the members' store does not answer; try again in a moment", "会员库暂时没有应答；请稍后再试"}
	errTrail      = &problem{http.StatusServiceUnavailable, "trail", "nothing was done, as the audit trail takes no more rows; try again in a moment", "审计记录写不进去，所以什么也没有做；请稍后再试"}
	errWithheld   = &problem{http.StatusForbidden, "withheld", "the member's consent, your role or the purpose does not allow this; GET the member's consent to see what was agreed to", "会员的授权、您的角色或用途不允许查看；可查看该会员的授权"}
	errKey        = &problem{http.StatusServiceUnavailable, "erasure-key", "nobody can be erased here: the erasure key of this store is missing or another's; copy erasure.key from the data folder of the server that made it", "此处无法抹除会员：缺少本库的抹除密钥，或密钥不符；请从原服务器的数据目录拷贝 erasure.key"}
	errMergeSame  = &problem{http.StatusUnprocessableEntity, "merge-same", "both ids are the same member; name two", "两个编号是同一位会员；请填写两位"}
	errMergeClash = &problem{http.StatusConflict, "merge-conflict", "the two records contradict each other (names, birth years or cards): look at both, and send force: true to merge them all the same", "两份资料互相矛盾（姓名、出生年份或卡号不同）：请核对，仍要合并请带上 force: true"}
	errMergeGone  = &problem{http.StatusConflict, "merge-undone", "there is no such merge, or it has been taken back already", "没有这次合并，或已经撤销"}
	errMergeLater = &problem{http.StatusConflict, "merge-later", "a later merge holds these records; take that one back first", "之后的另一次合并用到了这些资料；请先撤销那一次"}
)

// wrong says which value is not as it must be.
func wrong(what, value, want, zh string) *problem {
	return &problem{
		http.StatusUnprocessableEntity, "value",
		fmt.Sprintf("%s %q is not right: want %s", what, value, want), fmt.Sprintf("%s 的值 %q 不对：应为 %s", what, value, zh),
	}
}

func denied(role member.Role, to access.Op) *problem {
	return &problem{
		http.StatusForbidden, "role",
		fmt.Sprintf("the role %q with its scope may not do this (%s); 'huike member token create' gives a token for a role that may", role, to),
		fmt.Sprintf("角色 %q 及其范围无权进行此操作（%s）；可用 'huike member token create' 发放有权角色的令牌", role, to),
	}
}

func (a *API) unknownRoute(r *http.Request) *problem {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "" {
			return &problem{http.StatusMethodNotAllowed, "method", r.Method + " is not taken here; /openapi.yaml says what is", "此处不接受 " + r.Method + "；/openapi.yaml 列出了可用的请求"}
		}
	}
	return &problem{http.StatusNotFound, "route", "nothing is here; /openapi.yaml lists what there is", "这里什么也没有；/openapi.yaml 列出了可用的地址"}
}

// explain turns an error of the rooms below into what a reader is told.
func explain(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	for _, known := range []struct {
		is error
		p  *problem
	}{
		{member.ErrShared, errShared},
		{member.ErrUnknown, errNoMember},
		{member.ErrDenied, errWithheld},
		{member.ErrConflict, errChanged},
		{member.ErrUntraced, errTrail},
		{audit.ErrClosed, errTrail},
		{store.ErrKey, errKey},
		{tag.ErrByRule, errRule},
		{tag.ErrName, errTagName},
		{identity.ErrSame, errMergeSame},
		{identity.ErrConflict, errMergeClash},
		{identity.ErrUndone, errMergeGone},
		{identity.ErrLater, errMergeLater},
		{tag.ErrSaved, errRulesChanged},
		{tag.ErrVersion, errRulesGone},
		{segment.ErrName, errSegmentName},
		{segment.ErrTaken, errSegmentTaken},
		{segment.ErrNone, errSegmentGone},
		{segment.ErrChanged, errSegmentChanged},
	} {
		if errors.Is(err, known.is) {
			return known.p
		}
	}
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &problem{
			http.StatusRequestEntityTooLarge, "size", fmt.Sprintf("the body is longer than %d bytes; send less at once", tooLong.Limit),
			fmt.Sprintf("请求超过 %d 字节；请分次发送", tooLong.Limit),
		}
	}
	return errStore
}

// failed answers with an error. What is the server's own fault is logged, without a value.
func (a *API) failed(w http.ResponseWriter, r *request, to route, err error) {
	p := explain(err)
	var steps []privacy.Step
	if left, is := errors.AsType[*leftError](err); is {
		steps = left.steps
	}
	if p.status >= http.StatusInternalServerError && r.Context().Err() == nil {
		a.cfg.Log.Error("members' API", "route", to.method+" "+to.path, "status", p.status, "error", err)
	}
	refuseWith(w, r.Request, p, steps)
}

func refuse(w http.ResponseWriter, r *http.Request, p *problem) { refuseWith(w, r, p, nil) }

func refuseWith(w http.ResponseWriter, r *http.Request, p *problem, steps []privacy.Step) {
	t := told{Type: "urn:huike:" + p.code, Title: http.StatusText(p.status), Status: p.status, Detail: p.en, Steps: steps}
	lang := "en"
	if chinese(r) {
		t.Detail, lang = p.zh, "zh"
	}
	head := w.Header()
	head.Set("Content-Type", "application/problem+json")
	head.Set("Content-Language", lang)
	head.Set("Cache-Control", "no-store")
	head.Del("ETag")
	switch p.status {
	case http.StatusUnauthorized:
		head.Set("WWW-Authenticate", `Bearer realm="huike members"`)
	case http.StatusServiceUnavailable:
		head.Set("Retry-After", "1")
	}
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(t) // a client that has gone reads nothing
}

// chinese reports whether the reader asks for Chinese before English.
func chinese(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "zh")
}

// decode reads a JSON body of known fields.
func decode(r *request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && !errors.Is(d.Decode(&struct{}{}), io.EOF) {
		err = errors.New("more than one value")
	}
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLong
	}
	if err != nil {
		said := shortly(err)
		return &problem{http.StatusBadRequest, "body", "the body is not the JSON that is wanted (" + said + "); /openapi.yaml says which", "请求内容不是所需的 JSON（" + said + "）；格式见 /openapi.yaml"}
	}
	return nil
}

// shortly says what is wrong with a body without repeating what a person wrote in it.
func shortly(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s: want %s", wrong.Field, wrong.Type)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("not JSON at byte %d", syntax.Offset)
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found && len(name) < 40 {
		return "unknown field " + member.Mask(name)
	}
	return "not one JSON object"
}
