package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// An importsPage lists the files that were read, and takes another one.
type importsPage struct {
	Imports []app.Import
	Columns []string
	Most    int // MiB
	Wrong   string
}

func (s *site) showImports(v *visit) error { return s.imports(v, http.StatusOK, "") }

func (s *site) imports(v *visit, status int, wrong string) error {
	list, err := s.app.Imports(v.context())
	if err != nil {
		return err
	}
	columns := append(append([]string{}, app.FieldNames...), "user", "kind", "at", "channel", "campaign", "cost", "messageId")
	return v.show(status, "imports", importsPage{Imports: list, Columns: columns, Most: app.MaxImport >> 20, Wrong: wrong})
}

// uploadTime is how long a file may take to arrive: longer than other requests.
const uploadTime = 10 * time.Minute

// importFile takes a file. Its token is the first part of the form, so that nothing of a forged one is read.
func (s *site) importFile(v *visit) error {
	control := http.NewResponseController(v.w)
	deadline := time.Now().Add(uploadTime)
	if err := errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, app.MaxImport+maxForm)
	parts, err := v.r.MultipartReader()
	if err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	token, err := nextPart(parts, "token")
	if err != nil {
		return err
	}
	given, err := io.ReadAll(io.LimitReader(token, 200))
	if err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if !v.genuine(string(given)) {
		return errToken
	}
	file, err := nextPart(parts, "file")
	if err != nil {
		return err
	}
	if file.FileName() == "" {
		return s.imports(v, http.StatusUnprocessableEntity, "Choose a file first.")
	}
	_, err = s.app.Import(v.context(), v.user, filepath.Base(file.FileName()), file)
	if errors.Is(err, app.ErrBusy) {
		v.w.Header().Set("Retry-After", seconds(app.BusyFor))
		return s.imports(v, http.StatusTooManyRequests, sentence(err.Error())+".")
	}
	if errors.Is(err, app.ErrImport) {
		return s.imports(v, http.StatusUnprocessableEntity, sentence(err.Error())+".")
	}
	if err != nil {
		return err
	}
	return v.after("/imports", "importing")
}

func nextPart(parts *multipart.Reader, name string) (*multipart.Part, error) {
	part, err := parts.NextPart()
	if err == nil && part.FormName() != name {
		err = fmt.Errorf("the form has no part %q where it belongs", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errForm, err)
	}
	return part, nil
}
